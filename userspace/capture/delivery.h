/* SPDX-License-Identifier: GPL-2.0-only */
/* Hands the payload of connections to their reader: in order, each byte once, the missing ones named. */
#ifndef SMTPWATCH_CAPTURE_DELIVERY_H
#define SMTPWATCH_CAPTURE_DELIVERY_H

#include "capture/connections.h"
#include "capture/segments.h"

/* A sequence number farther away than this belongs to something else. Linux grows a window to at most 32 MiB
 * (tcp_rmem, Documentation/networking/ip-sysctl.rst), so that this has room for what the capture loses. */
#define DELIVERY_WINDOW (64 * 1024 * 1024)

struct delivery {
	const struct stream_reader *reader;
	void *context;
	struct segments_room room;
	uint64_t now_ns;          /* of the packet or tick under way; clocks are also set back */
	uint64_t crowded_out;     /* bytes that were skipped because there was no room to wait for them */
	struct waiting *next_due; /* in the order in which they are looked at again */
	struct waiting *last_due;
};

/*
 * Takes in payload of a side whose sequence numbers are known, within the window. Returns how many of its bytes, from
 * the first on, were delivered by this call and called clear; 0 where the first one was known or had to wait.
 */
size_t delivery_take(struct delivery *delivery, struct connection *connection, enum stream_side side, struct run run);

/*
 * The other side has spoken, and has `acknowledged` before. What this side lacks up to there is given up, for what was
 * said answers it: a banner that was not seen comes before the command that follows it.
 */
void delivery_give_up(struct delivery *delivery, struct connection *connection, enum stream_side side,
		      uint32_t acknowledged);

/* Looks again at what a side lacks, after any change of its half: skips what will not come any more. */
void delivery_settle(struct delivery *delivery, struct connection *connection, enum stream_side side);

/* Nothing more will come: skips what is missing and delivers what waits, of both sides. */
void delivery_flush(struct delivery *delivery, struct connection *connection);

/* Settles the next side that has waited since its last turn. Returns its connection, or NULL: all had their turn. */
struct connection *delivery_next_due(struct delivery *delivery);

/* Bytes of the side that are known to have been sent, and are missing before anything else of it. */
uint32_t delivery_missing(const struct half *half);

/* Behind the last byte of the side that was seen. */
uint32_t delivery_seen_end(const struct half *half);

#endif
