// SPDX-License-Identifier: GPL-2.0-only
#include "capture/segments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void run_drop(struct run *run, size_t count)
{
	size_t captured = count < run->size ? count : run->size;
	run->begin += (uint32_t)count;
	run->length -= count;
	run->size -= captured;
	run->bytes += captured;
}

void run_cut(struct run *run, size_t length)
{
	run->length = length;
	if (run->size > length)
		run->size = length;
}

static size_t cost_of(const struct run *run)
{
	return sizeof(struct segment) + run->size;
}

static int insert(struct segments *segments, struct segments_room *room, struct segment **at, const struct run *run)
{
	size_t cost = cost_of(run);
	if (segments->count >= SEGMENTS_MAX || segments->used + cost > room->per_side ||
	    room->used + cost > room->total)
		return -ENOSPC;
	struct segment *segment = malloc(cost);
	if (!segment)
		return -ENOMEM;
	segment->run = *run;
	segment->run.bytes = segment->bytes;
	if (run->size > 0)
		memcpy(segment->bytes, run->bytes, run->size);
	segment->next = *at;
	*at = segment;
	if (!segment->next)
		segments->last = segment;
	segments->count++;
	segments->used += cost;
	room->used += cost;
	return 0;
}

/* Where to begin to look: what comes in is mostly the latest. */
static struct segment **start_at(struct segments *segments, const struct run *run)
{
	if (segments->last && sequence_distance(run->begin, run_end(&segments->last->run)) >= 0)
		return &segments->last->next;
	return &segments->first;
}

int segments_add(struct segments *segments, struct segments_room *room, const struct run *run)
{
	struct run rest = *run;
	struct segment **at = start_at(segments, run);

	while (rest.length > 0) {
		const struct segment *other = *at;
		int32_t before = other ? sequence_distance(other->run.begin, rest.begin) : INT32_MAX;
		if (before > 0) {
			struct run part = rest;
			if ((size_t)before < part.length)
				run_cut(&part, (size_t)before);
			int error = insert(segments, room, at, &part);
			if (error)
				return error;
			run_drop(&rest, part.length);
		} else {
			int32_t known = sequence_distance(run_end(&other->run), rest.begin);
			if (known > 0)
				run_drop(&rest, (size_t)known < rest.length ? (size_t)known : rest.length);
		}
		at = &(*at)->next;
	}
	return 0;
}

struct segment *segments_take_first(struct segments *segments, struct segments_room *room)
{
	struct segment *first = segments->first;
	size_t cost = cost_of(&first->run);

	segments->first = first->next;
	if (!segments->first)
		segments->last = NULL;
	segments->count--;
	segments->used -= cost;
	room->used -= cost;
	return first;
}

void segments_clear(struct segments *segments, struct segments_room *room)
{
	while (segments->first)
		free(segments_take_first(segments, room));
}
