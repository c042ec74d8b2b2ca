/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The connections that stream.c follows: found by their two endpoints, whichever sent the packet, and ordered by their
 * latest packet. Instead of lib/table.h because each phase has a patience of its own, and so an order of its own.
 */
#ifndef SMTPWATCH_CAPTURE_CONNECTIONS_H
#define SMTPWATCH_CAPTURE_CONNECTIONS_H

#include "capture/stream.h"

#include <assert.h>

/* How long a connection may be quiet depends on it. */
enum connection_phase {
	CONNECTION_UNANSWERED,
	CONNECTION_OPEN,
	CONNECTION_HALF_CLOSED, /* there was a FIN */
	CONNECTION_OVER,        /* told as closed; what is late of it still has to be known */
	CONNECTION_PHASE_COUNT,
};

/* What one side has sent. */
struct half {
	uint32_t next;           /* sequence number of the first byte that was not delivered; where is_known */
	uint32_t acknowledged;   /* the other side has all before it; where is_known */
	uint32_t fin;            /* where has_fin */
	bool is_known;           /* a packet told its sequence numbers */
	bool has_fin;            /* never before a byte that was seen */
	bool has_reset;          /* it sent the RST that ended the connection, just before `next` */
	struct waiting *waiting; /* only while bytes are missing (delivery.c) */
};

/* One is kept per connection, up to the tens of thousands: every field is paid for. */
struct connection {
	struct connection *next_in_bucket;
	struct connection *older; /* of its phase */
	struct connection *newer;
	struct stream stream;
	struct half halves[STREAM_SIDE_COUNT];
	uint32_t first_sequence; /* of the client's SYN, or what it must have been */
	uint8_t phase;
	uint8_t strays; /* packets in a row whose sequence numbers belong to something else */
	uint8_t aliases;
	bool is_opaque;
};

/* What malloc() gives for it is 176 bytes with its own. */
static_assert(sizeof(void *) != 8 || sizeof(struct connection) <= 168, "a connection has grown");

struct connection_order {
	struct connection *oldest;
	struct connection *newest;
};

struct connections {
	struct connection **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	struct connection *latest; /* found or added last: most packets are of the same connection as the one before */
	struct connection_order orders[CONNECTION_PHASE_COUNT];
	uint64_t seeds[4];
};

/* 0 or -ENOMEM. */
int connections_init(struct connections *connections);
/* All of them have been removed. */
void connections_release(struct connections *connections);

/* The connection of the two, or NULL. */
struct connection *connections_find(struct connections *connections, const struct endpoint *one,
				    const struct endpoint *other);

/* A zeroed one of two endpoints that have none yet, in the phase OPEN. NULL: no memory. */
struct connection *connections_add(struct connections *connections, const struct endpoint *client,
				   const struct endpoint *server);

/* Takes it out and frees it. */
void connections_remove(struct connections *connections, struct connection *connection);

/* A packet of it was seen. The order is kept by whole seconds, so that a busy one is moved seldom. */
void connections_touch(struct connections *connections, struct connection *connection, uint64_t wall_ns);

void connections_set_phase(struct connections *connections, struct connection *connection, enum connection_phase phase);

/* The one that is not over and was quiet longest, or NULL. */
struct connection *connections_quietest(const struct connections *connections);

#endif
