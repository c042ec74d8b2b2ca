// SPDX-License-Identifier: GPL-2.0-only
#include "capture/aliases.h"

#include "lib/clock.h"

#include <string.h>

/* The way through one host takes microseconds; this has room for a first SYN that was lost on it (RFC 6298 2.1). */
#define RECENT_NS (3 * NANOSECONDS_A_SECOND)
/* Places for SYNs by their sequence number, a power of two; a later one takes the place of an earlier. Who fills them
 * all gets what the connections are without this: counted twice. */
#define RECENT_COUNT 1024

struct recent {
	struct connection *connection; /* NULL: free */
	uint64_t wall_ns;
	struct endpoint_pair pair; /* as seen last: the next NAT begins from there */
	uint32_t sequence;
	uint32_t interface; /* where that was */
};

struct aliases {
	struct table *table;
	struct recent recents[RECENT_COUNT];
};

struct aliases *aliases_new(size_t capacity)
{
	_cleanup_(cleanup_aliases_free) struct aliases *aliases = calloc(1, sizeof(*aliases));
	if (!aliases)
		return NULL;
	aliases->table = table_new(capacity, offsetof(struct alias, pair), sizeof(struct endpoint_pair), free);
	if (!aliases->table)
		return NULL;
	return TAKE_PTR(aliases);
}

void aliases_free(struct aliases *aliases)
{
	if (!aliases)
		return;
	table_free(aliases->table);
	free(aliases);
}

static struct recent *place_of(struct aliases *aliases, uint32_t sequence)
{
	return &aliases->recents[sequence * 0x9e3779b1U / (UINT32_MAX / RECENT_COUNT + 1)];
}

void aliases_remember(struct aliases *aliases, struct connection *connection, const struct packet *packet)
{
	*place_of(aliases, packet->sequence) = (struct recent){
		.connection = connection,
		.wall_ns = packet->wall_ns,
		.pair = {.client = packet->source, .server = packet->destination},
		.sequence = packet->sequence,
		.interface = packet->interface,
	};
}

void aliases_forget(struct aliases *aliases, const struct connection *connection)
{
	struct recent *recent = place_of(aliases, connection->first_sequence);
	if (recent->connection == connection)
		recent->connection = NULL;
}

static bool is_same(const struct endpoint *left, const struct endpoint *right)
{
	return memcmp(left, right, sizeof(*left)) == 0;
}

static bool is_near(const struct recent *recent, const struct packet *packet)
{
	const struct stream *stream = &recent->connection->stream;
	/* On the same interface two connections are two, or one could be hidden behind another with its number. */
	if (packet->interface != 0 && packet->interface == recent->interface)
		return false;
	return is_same(&packet->source, &recent->pair.client) || is_same(&packet->destination, &recent->pair.server) ||
	       is_same(&packet->source, &stream->client) || is_same(&packet->destination, &stream->server);
}

static int add(struct aliases *aliases, const struct stream *stream, const struct endpoint_pair *pair)
{
	struct alias *alias = calloc(1, sizeof(*alias));
	if (!alias)
		return -1;
	alias->pair = *pair;
	alias->original = (struct endpoint_pair){.client = stream->client, .server = stream->server};
	alias->stream_id = stream->id;
	table_push(aliases->table, alias);
	return 0;
}

struct connection *aliases_match(struct aliases *aliases, const struct packet *packet)
{
	struct recent *recent = place_of(aliases, packet->sequence);
	struct endpoint_pair pair = {.client = packet->source, .server = packet->destination};

	if (!recent->connection || recent->sequence != packet->sequence || packet->wall_ns < recent->wall_ns ||
	    packet->wall_ns - recent->wall_ns > RECENT_NS || !is_near(recent, packet))
		return NULL;
	if (recent->connection->aliases >= ALIASES_PER_CONNECTION)
		return NULL;
	if (add(aliases, &recent->connection->stream, &pair) != 0)
		return NULL;
	recent->connection->aliases++;
	recent->pair = pair;
	recent->interface = packet->interface;
	return recent->connection;
}

const struct alias *aliases_find(const struct aliases *aliases, const struct endpoint_pair *pair)
{
	return table_count(aliases->table) > 0 ? table_find(aliases->table, pair) : NULL;
}

void aliases_remove(struct aliases *aliases, const struct alias *alias)
{
	table_remove(aliases->table, table_find(aliases->table, &alias->pair));
}
