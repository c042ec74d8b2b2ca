/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From frames to what was said: decodes, follows connections, reads SMTP and DNS. The same in the capture process and
 * in a replay. No I/O, no clock: all it knows of time is what the packets say.
 */
#ifndef SMTPWATCH_CAPTURE_DISSECTOR_H
#define SMTPWATCH_CAPTURE_DISSECTOR_H

#include "capture/packet.h"
#include "lib/address.h"
#include "lib/cleanup.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/dialogue.h>
#include <smtpwatch/name.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISSECTOR_ADDRESSES_MAX 1024

/* What it looks for. Can be changed while it runs. */
struct dissector_scope {
	uint16_t ports[SW_PORT_SLOTS + 1]; /* of servers: those that are watched, and the self-test's */
	size_t port_count;
	/* Addresses of this host: a connection from elsewhere to one of them is inbound and is let go. */
	struct address addresses[DISSECTOR_ADDRESSES_MAX];
	size_t address_count;
	bool keep_addresses; /* of MAIL and RCPT */
	bool keep_packets;   /* for evidence */
};

/* Who takes what comes of it. Borrowed for the time of the call. */
struct dissector_taker {
	void (*dialogue)(void *context, const struct dialogue_event *event);
	void (*name)(void *context, const struct name_event *event);
	/* A packet of a connection that evidence was asked of; cut before credentials, bodies and TLS. */
	void (*evidence)(void *context, uint64_t wire_id, const struct frame *frame);
};

struct dissector_counts {
	uint64_t frames;
	uint64_t malformed;
	uint64_t streams; /* open now */
	uint64_t pushed_out;
};

struct dissector;

/* `taker` must outlive it. `is_live`: frames come from all interfaces of one host. NULL: no memory, or a link type that
 * is not known. */
struct dissector *dissector_new(int link_type, size_t max_streams, bool is_live, const struct dissector_taker *taker,
				void *context);
/* Ends every open connection first. */
void dissector_free(struct dissector *dissector);
DEFINE_CLEANUP(struct dissector, dissector_free)

void dissector_set_scope(struct dissector *dissector, const struct dissector_scope *scope);

void dissector_take(struct dissector *dissector, const struct frame *frame);

/* About once a second, of the packets' time. */
void dissector_tick(struct dissector *dissector, uint64_t wall_ns);

/* Hands out what is kept of a connection's packets, and those that follow. Nothing where it is gone. */
void dissector_want_evidence(struct dissector *dissector, uint64_t wire_id);

struct dissector_counts dissector_counts(const struct dissector *dissector);

#endif
