// SPDX-License-Identifier: GPL-2.0-only
#include "capture/smtp_queue.h"

#include <errno.h>
#include <stdlib.h>

static unsigned int capacity_of(const struct smtp_queue *queue)
{
	return queue->many ? queue->capacity : SMTP_QUEUE_FEW;
}

static struct smtp_run *run_at(const struct smtp_queue *queue, unsigned int index)
{
	const struct smtp_run *runs = queue->many ? queue->many : queue->few;

	return (struct smtp_run *)&runs[(queue->first + index) % capacity_of(queue)];
}

static int grow(struct smtp_queue *queue)
{
	unsigned int capacity = SMTP_QUEUE_FEW * 2;
	struct smtp_run *many;

	while (capacity <= queue->count)
		capacity *= 2;
	if (capacity > SMTP_QUEUE_MAX)
		return -ENOSPC;
	many = malloc(capacity * sizeof(*many));
	if (!many)
		return -ENOMEM;
	for (unsigned int i = 0; i < queue->count; i++)
		many[i] = *run_at(queue, i);
	free(queue->many);
	queue->many = many;
	queue->first = 0;
	queue->capacity = (uint16_t)capacity;
	return 0;
}

/* Messages differ from each other in their bytes and lines. */
static bool can_join(const struct smtp_run *run, enum smtp_awaited awaited)
{
	return run->awaited == awaited && awaited != SMTP_AWAITED_MESSAGE && awaited != SMTP_AWAITED_LAST_CHUNK;
}

int smtp_queue_push(struct smtp_queue *queue, enum smtp_awaited awaited, uint32_t count, uint64_t bytes)
{
	struct smtp_run *last = queue->count > 0 ? run_at(queue, queue->count - 1U) : NULL;

	if (last && can_join(last, awaited))
		return __builtin_add_overflow(last->count, count, &last->count) ? -ENOSPC : 0;
	if (queue->count == capacity_of(queue)) {
		int error = grow(queue);
		if (error)
			return error;
	}
	*run_at(queue, queue->count++) = (struct smtp_run){.bytes = bytes, .count = count, .awaited = (uint8_t)awaited};
	return 0;
}

struct smtp_run *smtp_queue_head(const struct smtp_queue *queue)
{
	return queue->count > 0 ? run_at(queue, 0) : NULL;
}

void smtp_queue_pop(struct smtp_queue *queue)
{
	struct smtp_run *head = run_at(queue, 0);

	if (head->awaited != SMTP_AWAITED_MESSAGE && --head->count > 0)
		return;
	queue->first = (uint16_t)((queue->first + 1U) % capacity_of(queue));
	if (--queue->count == 0)
		smtp_queue_clear(queue);
}

void smtp_queue_clear(struct smtp_queue *queue)
{
	free(queue->many);
	queue->many = NULL;
	queue->first = 0;
	queue->count = 0;
	queue->capacity = 0;
}
