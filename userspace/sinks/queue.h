/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What waits for a sink that does not take it yet: a bounded queue of records, each some bytes. One that is full gives
 * up its oldest record, since the newer one of an alert carries the larger count, and counts it.
 */
#ifndef SMTPWATCH_SINKS_QUEUE_H
#define SMTPWATCH_SINKS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_record {
	struct queue_record *next;
	size_t size;
	char bytes[];
};

/* The limits are set by the owner; all else is zero at the start. */
struct queue {
	size_t max_records;
	size_t max_bytes; /* of all records together */
	struct queue_record *first;
	struct queue_record *last;
	size_t records;
	size_t bytes;
	size_t taken;     /* bytes of the first record that the sink has already: it is not given up then */
	uint64_t dropped; /* records, since the start */
};

/* Adds a copy. What has no room at all, or no memory, is the one that is dropped and counted. */
void queue_push(struct queue *queue, const void *bytes, size_t size);

/* Removes the first record. There must be one. */
void queue_pop(struct queue *queue);

/* Drops, and counts, all that waits. */
void queue_drop_all(struct queue *queue);

static inline bool queue_is_empty(const struct queue *queue)
{
	return queue->first == NULL;
}

#endif
