// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/queue.h"

#include <stdlib.h>
#include <string.h>

/* `link` is that of the first record, or of the second one: what is behind the first. */
static void remove_at(struct queue *queue, struct queue_record **link)
{
	struct queue_record *record = *link;

	*link = record->next;
	if (!*link)
		queue->last = link == &queue->first ? NULL : queue->first;
	queue->records--;
	queue->bytes -= record->size;
	free(record);
}

void queue_pop(struct queue *queue)
{
	queue->taken = 0;
	remove_at(queue, &queue->first);
}

static bool has_room(const struct queue *queue, size_t size)
{
	return queue->records < queue->max_records && size <= queue->max_bytes &&
	       queue->bytes <= queue->max_bytes - size;
}

/* The oldest one of which nothing is out yet. Returns whether there was one. */
static bool drop_oldest(struct queue *queue)
{
	struct queue_record **link = &queue->first;

	if (*link && queue->taken > 0)
		link = &(*link)->next;
	if (!*link)
		return false;
	remove_at(queue, link);
	queue->dropped++;
	return true;
}

void queue_push(struct queue *queue, const void *bytes, size_t size)
{
	struct queue_record *record = size <= queue->max_bytes ? malloc(sizeof(*record) + size) : NULL;

	while (record && !has_room(queue, size) && drop_oldest(queue))
		;
	if (!record || !has_room(queue, size)) {
		free(record);
		queue->dropped++;
		return;
	}
	record->next = NULL;
	record->size = size;
	memcpy(record->bytes, bytes, size);
	if (queue->last)
		queue->last->next = record;
	else
		queue->first = record;
	queue->last = record;
	queue->records++;
	queue->bytes += size;
}

void queue_drop_all(struct queue *queue)
{
	for (queue->taken = 0; drop_oldest(queue);)
		;
}
