/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One connection under several addresses: between two interfaces of a host a NAT changes the client's (masquerading),
 * the server's (port forwarding) or, one after the other, both; but never the sequence numbers. So a SYN is known again
 * by its sequence number, for a short time.
 */
#ifndef SMTPWATCH_CAPTURE_ALIASES_H
#define SMTPWATCH_CAPTURE_ALIASES_H

#include "capture/connections.h"
#include "lib/table.h"

/* Of one connection; a packet crosses few NATs within one host. */
#define ALIASES_PER_CONNECTION 3

/* In the order client, server. */
struct endpoint_pair {
	struct endpoint client;
	struct endpoint server;
};

struct alias {
	struct table_link link;
	struct endpoint_pair pair;
	struct endpoint_pair original;
	uint64_t stream_id; /* of the connection that had the original addresses; it may be gone */
};

struct aliases;

/* A full table forgets the alias that is oldest. NULL: no memory. */
struct aliases *aliases_new(size_t capacity);
void aliases_free(struct aliases *aliases);
DEFINE_CLEANUP(struct aliases, aliases_free)

/* A connection was opened with this SYN of its client. It is borrowed until aliases_forget(). */
void aliases_remember(struct aliases *aliases, struct connection *connection, const struct packet *packet);
/* The connection is about to go. */
void aliases_forget(struct aliases *aliases, const struct connection *connection);

/* The connection that the client's SYN, of a pair not seen before, also belongs to, or NULL; the pair is added. */
struct connection *aliases_match(struct aliases *aliases, const struct packet *packet);

/* What is known of a pair, or NULL. */
const struct alias *aliases_find(const struct aliases *aliases, const struct endpoint_pair *pair);
void aliases_remove(struct aliases *aliases, const struct alias *alias);

#endif
