// SPDX-License-Identifier: GPL-2.0-only
#include "capture/connections.h"

#include "lib/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_BUCKET_COUNT 64

int connections_init(struct connections *connections)
{
	*connections = (struct connections){.bucket_count = FIRST_BUCKET_COUNT};
	if (getrandom(connections->seeds, sizeof(connections->seeds), GRND_NONBLOCK) != sizeof(connections->seeds))
		connections->seeds[0] = clock_boot_ns() ^ (uint64_t)(uintptr_t)connections;
	connections->buckets = calloc(connections->bucket_count, sizeof(struct connection *));
	return connections->buckets ? 0 : -ENOMEM;
}

void connections_release(struct connections *connections)
{
	free(connections->buckets);
}

static uint64_t multiply_and_fold(uint64_t left, uint64_t right)
{
	unsigned __int128 product = (unsigned __int128)left * right;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The port goes in by a step of its own, or an address could be chosen that undoes it. */
static uint64_t hash_endpoint(const struct connections *connections, const struct endpoint *endpoint)
{
	const uint64_t *seeds = connections->seeds;
	uint64_t words[2];
	memcpy(words, endpoint->address.bytes, sizeof(words));
	uint64_t address = multiply_and_fold(words[0] ^ seeds[0], words[1] ^ seeds[1]);
	return multiply_and_fold(address ^ seeds[2], endpoint->port ^ seeds[3] ^ 0x9e3779b97f4a7c15ULL);
}

/* The same in both directions. */
static struct connection **bucket_of(const struct connections *connections, const struct endpoint *one,
				     const struct endpoint *other)
{
	uint64_t hash = hash_endpoint(connections, one) + hash_endpoint(connections, other);
	return &connections->buckets[(hash ^ hash >> 32) & (connections->bucket_count - 1)];
}

static bool is_same(const struct endpoint *left, const struct endpoint *right)
{
	return left->port == right->port && memcmp(&left->address, &right->address, sizeof(left->address)) == 0;
}

static bool is_between(const struct connection *connection, const struct endpoint *one, const struct endpoint *other)
{
	const struct stream *stream = &connection->stream;
	return (is_same(&stream->client, one) && is_same(&stream->server, other)) ||
	       (is_same(&stream->client, other) && is_same(&stream->server, one));
}

struct connection *connections_find(struct connections *connections, const struct endpoint *one,
				    const struct endpoint *other)
{
	struct connection *connection = connections->latest;
	if (connection && is_between(connection, one, other))
		return connection;
	connection = *bucket_of(connections, one, other);
	while (connection && !is_between(connection, one, other))
		connection = connection->next_in_bucket;
	if (connection)
		connections->latest = connection;
	return connection;
}

static void put_in_bucket(struct connections *connections, struct connection *connection)
{
	struct connection **bucket = bucket_of(connections, &connection->stream.client, &connection->stream.server);
	connection->next_in_bucket = *bucket;
	*bucket = connection;
}

/* Doubles the buckets. Without memory they stay as they are, which is slower and still right. */
static void grow(struct connections *connections)
{
	struct connection **larger = calloc(2 * connections->bucket_count, sizeof(struct connection *));
	if (!larger)
		return;
	free(connections->buckets);
	connections->buckets = larger;
	connections->bucket_count *= 2;
	for (int phase = 0; phase < CONNECTION_PHASE_COUNT; phase++)
		for (struct connection *at = connections->orders[phase].oldest; at; at = at->newer)
			put_in_bucket(connections, at);
}

static void append(struct connections *connections, struct connection *connection)
{
	struct connection_order *order = &connections->orders[connection->phase];
	connection->newer = NULL;
	connection->older = order->newest;
	if (order->newest)
		order->newest->newer = connection;
	else
		order->oldest = connection;
	order->newest = connection;
}

static void detach(struct connections *connections, struct connection *connection)
{
	struct connection_order *order = &connections->orders[connection->phase];
	if (connection->older)
		connection->older->newer = connection->newer;
	else
		order->oldest = connection->newer;
	if (connection->newer)
		connection->newer->older = connection->older;
	else
		order->newest = connection->older;
}

struct connection *connections_add(struct connections *connections, const struct endpoint *client,
				   const struct endpoint *server)
{
	if (connections->count >= connections->bucket_count)
		grow(connections);
	struct connection *connection = calloc(1, sizeof(*connection));
	if (!connection)
		return NULL;
	connection->stream.client = *client;
	connection->stream.server = *server;
	connection->phase = CONNECTION_OPEN;
	put_in_bucket(connections, connection);
	append(connections, connection);
	connections->count++;
	connections->latest = connection;
	return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	struct connection **at = bucket_of(connections, &connection->stream.client, &connection->stream.server);
	while (*at != connection)
		at = &(*at)->next_in_bucket;
	*at = connection->next_in_bucket;
	detach(connections, connection);
	connections->count--;
	if (connections->latest == connection)
		connections->latest = NULL;
	free(connection);
}

void connections_touch(struct connections *connections, struct connection *connection, uint64_t wall_ns)
{
	uint64_t before = connection->stream.seen_ns;
	if (wall_ns <= before)
		return;
	connection->stream.seen_ns = wall_ns;
	if (wall_ns / NANOSECONDS_A_SECOND != before / NANOSECONDS_A_SECOND && connection->newer) {
		detach(connections, connection);
		append(connections, connection);
	}
}

void connections_set_phase(struct connections *connections, struct connection *connection, enum connection_phase phase)
{
	if (connection->phase == phase)
		return;
	detach(connections, connection);
	connection->phase = (uint8_t)phase;
	append(connections, connection);
}

struct connection *connections_quietest(const struct connections *connections)
{
	struct connection *quietest = NULL;
	for (int phase = 0; phase < CONNECTION_OVER; phase++) {
		struct connection *oldest = connections->orders[phase].oldest;
		if (oldest && (!quietest || oldest->stream.seen_ns < quietest->stream.seen_ns))
			quietest = oldest;
	}
	return quietest;
}
