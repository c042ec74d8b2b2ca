// SPDX-License-Identifier: GPL-2.0-only
#include "capture/kept_packets.h"

#include "lib/clock.h"
#include "lib/table.h"

#include <string.h>

#define CONNECTIONS_MAX 65536
#define STAYS_NS (10 * NANOSECONDS_A_SECOND)

struct kept_packet {
	struct kept_packet *next;
	struct frame frame; /* its bytes lie behind it */
};

struct connection {
	struct table_link link;
	uint64_t wire_id;
	uint64_t seen_ns;
	struct kept_packet *first;
	struct kept_packet *last;
	size_t size; /* kept, or handed out since it was asked for */
	bool is_wanted;
	bool is_closed;
};

struct kept_packets {
	struct table *connections;
	size_t size;
	kept_taker take;
	void *context;
};

static void free_connection(void *entry)
{
	struct connection *connection = entry;
	struct kept_packet *next;

	for (struct kept_packet *packet = connection->first; packet; packet = next) {
		next = packet->next;
		free(packet);
	}
	free(connection);
}

struct kept_packets *kept_packets_new(kept_taker take, void *context)
{
	_cleanup_free_ struct kept_packets *kept = calloc(1, sizeof(*kept));
	if (!kept)
		return NULL;
	kept->take = take;
	kept->context = context;
	kept->connections =
		table_new(CONNECTIONS_MAX, offsetof(struct connection, wire_id), sizeof(uint64_t), free_connection);
	return kept->connections ? TAKE_PTR(kept) : NULL;
}

void kept_packets_free(struct kept_packets *kept)
{
	if (kept)
		table_free(kept->connections);
	free(kept);
}

static void give_up(struct kept_packets *kept, struct connection *connection)
{
	if (!connection->is_wanted)
		kept->size -= connection->size;
	table_remove(kept->connections, connection);
}

/* NULL: no memory. */
static struct connection *take_connection(struct kept_packets *kept, uint64_t wire_id)
{
	struct connection *connection = table_find(kept->connections, &wire_id);
	if (connection) {
		table_touch(kept->connections, connection);
		return connection;
	}
	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return NULL;
	connection->wire_id = wire_id;
	if (table_is_full(kept->connections))
		give_up(kept, table_oldest(kept->connections));
	table_insert(kept->connections, connection);
	return connection;
}

static void keep(struct kept_packets *kept, struct connection *connection, const struct frame *frame)
{
	struct kept_packet *packet = malloc(sizeof(*packet) + frame->size);
	if (!packet)
		return;
	uint8_t *bytes = (uint8_t *)(packet + 1);
	memcpy(bytes, frame->bytes, frame->size);
	packet->next = NULL;
	packet->frame = *frame;
	packet->frame.bytes = bytes;
	if (connection->last)
		connection->last->next = packet;
	else
		connection->first = packet;
	connection->last = packet;
	kept->size += sizeof(*packet) + frame->size;
	connection->size += sizeof(*packet) + frame->size;
}

void kept_packets_add(struct kept_packets *kept, uint64_t wire_id, const struct frame *frame)
{
	struct connection *connection = take_connection(kept, wire_id);

	if (!connection || connection->size + frame->size > KEPT_OF_CONNECTION)
		return;
	connection->seen_ns = frame->wall_ns;
	if (connection->is_wanted) {
		connection->size += frame->size;
		kept->take(kept->context, wire_id, frame);
		return;
	}
	keep(kept, connection, frame);
	while (kept->size > KEPT_IN_ALL)
		give_up(kept, table_oldest(kept->connections));
}

void kept_packets_want(struct kept_packets *kept, uint64_t wire_id)
{
	struct connection *connection = table_find(kept->connections, &wire_id);
	struct kept_packet *next;

	if (!connection || connection->is_wanted)
		return;
	for (struct kept_packet *packet = connection->first; packet; packet = next) {
		next = packet->next;
		kept->take(kept->context, wire_id, &packet->frame);
		free(packet);
	}
	kept->size -= connection->size;
	connection->first = connection->last = NULL;
	connection->is_wanted = true;
}

void kept_packets_close(struct kept_packets *kept, uint64_t wire_id)
{
	struct connection *connection = table_find(kept->connections, &wire_id);

	if (connection)
		connection->is_closed = true;
}

void kept_packets_tick(struct kept_packets *kept, uint64_t wall_ns)
{
	struct connection *next;

	for (struct connection *connection = table_oldest(kept->connections); connection; connection = next) {
		next = table_newer(connection);
		if (connection->seen_ns + STAYS_NS > wall_ns)
			return; /* they stand in the order in which they were last heard */
		if (connection->is_closed)
			give_up(kept, connection);
	}
}
