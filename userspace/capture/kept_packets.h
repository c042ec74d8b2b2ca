/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The latest packets of each connection, for the case that somebody asks for them: already cut before what is private.
 * A connection's packets are kept for some seconds after its end, because an alert may come of its last one.
 */
#ifndef SMTPWATCH_CAPTURE_KEPT_PACKETS_H
#define SMTPWATCH_CAPTURE_KEPT_PACKETS_H

#include "capture/packet.h"
#include "lib/cleanup.h"

#include <stddef.h>
#include <stdint.h>

#define KEPT_OF_CONNECTION (64 * 1024) /* bytes; what comes later is not kept */
#define KEPT_IN_ALL (16 * 1024 * 1024) /* beyond it the connection that was quiet longest is given up */

struct kept_packets;

typedef void (*kept_taker)(void *context, uint64_t wire_id, const struct frame *frame);

/* NULL: no memory. */
struct kept_packets *kept_packets_new(kept_taker take, void *context);
void kept_packets_free(struct kept_packets *kept);
DEFINE_CLEANUP(struct kept_packets, kept_packets_free)

/* Keeps a copy, or hands it out at once where it was asked for. */
void kept_packets_add(struct kept_packets *kept, uint64_t wire_id, const struct frame *frame);

/* Hands out what is kept of a connection, and from now on what comes. */
void kept_packets_want(struct kept_packets *kept, uint64_t wire_id);

/* The connection has ended. */
void kept_packets_close(struct kept_packets *kept, uint64_t wire_id);

/* Gives up what ended long enough ago. About once a second. */
void kept_packets_tick(struct kept_packets *kept, uint64_t wall_ns);

#endif
