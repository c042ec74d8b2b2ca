/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes of one side of a connection that wait for earlier ones: in order, each byte once, in bounded memory. */
#ifndef SMTPWATCH_CAPTURE_SEGMENTS_H
#define SMTPWATCH_CAPTURE_SEGMENTS_H

#include <stddef.h>
#include <stdint.h>

/* So many runs wait for a side at most, because each new one may be compared with all of them. */
#define SEGMENTS_MAX 256

/* Bytes at their place in the stream; those behind the first `size` were cut off by the capture. */
struct run {
	uint32_t begin;       /* sequence number of the first */
	size_t length;        /* on the wire */
	size_t size;          /* captured, at most `length` */
	const uint8_t *bytes; /* borrowed */
};

struct segment {
	struct segment *next;
	struct run run; /* its bytes are those below */
	uint8_t bytes[];
};

/* What may be used, with what is spent on keeping it; shared by all sides of all connections. */
struct segments_room {
	size_t per_side;
	size_t total;
	size_t used;
};

struct segments {
	struct segment *first;
	struct segment *last;
	size_t count;
	size_t used;
};

/* How far `left` lies behind `right`, negative where it lies before it (RFC 9293 3.4). */
static inline int32_t sequence_distance(uint32_t left, uint32_t right)
{
	return (int32_t)(left - right);
}

static inline uint32_t run_end(const struct run *run)
{
	return run->begin + (uint32_t)run->length;
}

/* Takes away its first `count` bytes, at most all. */
void run_drop(struct run *run, size_t count);
/* Leaves only its first `length` bytes; it has as many or more. */
void run_cut(struct run *run, size_t length);

/*
 * Copies what is not in yet; bytes that came first stay. All lie within 2^31 of each other. 0, or -ENOSPC or -ENOMEM:
 * then a part may be in.
 */
int segments_add(struct segments *segments, struct segments_room *room, const struct run *run);

/* The first run is the caller's to free(); there is one. */
struct segment *segments_take_first(struct segments *segments, struct segments_room *room);

void segments_clear(struct segments *segments, struct segments_room *room);

#endif
