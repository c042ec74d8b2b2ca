/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragments that wait for the rest of their datagram. */
#ifndef SMTPWATCH_CAPTURE_FRAGMENTS_H
#define SMTPWATCH_CAPTURE_FRAGMENTS_H

#include "capture/network.h"
#include "lib/cleanup.h"

#include <stdint.h>

struct fragments;

/* NULL: no memory. */
struct fragments *fragments_new(void);
void fragments_free(struct fragments *fragments);
DEFINE_CLEANUP(struct fragments, fragments_free)

/*
 * Takes in a fragment that was seen on an interface: each interface joins its own, as the same packet can pass several.
 * 0 with the payload and protocol of the whole datagram in place of the fragment's, valid until the next call; what
 * lies behind a byte that was not captured counts as not captured either. -EAGAIN: others are missing; -EBADMSG: it is
 * malformed, or its datagram has overlaps and is dropped with all that still comes of it (RFC 5722 3).
 */
int fragments_take(struct fragments *fragments, uint64_t wall_ns, uint32_t interface, struct datagram *datagram);

#endif
