// SPDX-License-Identifier: GPL-2.0-only
#include "rules/distinct.h"

/* Keeps what lies in the window, and learns which of it is the oldest. */
static void drop_old(struct distinct *distinct, struct distinct_value *values, uint64_t window_ns)
{
	uint64_t oldest_ns = distinct->newest_ns;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < distinct->count; i++) {
		if (distinct->newest_ns - values[i].time_ns >= window_ns)
			continue;
		if (values[i].time_ns < oldest_ns)
			oldest_ns = values[i].time_ns;
		values[kept++] = values[i];
	}
	distinct->count = kept;
	distinct->oldest_ns = oldest_ns;
}

/* Ends the window at this time, unless it ends later. */
static void advance(struct distinct *distinct, struct distinct_value *values, uint64_t window_ns, uint64_t time_ns)
{
	if (time_ns <= distinct->newest_ns)
		return;
	distinct->newest_ns = time_ns;
	if (time_ns - distinct->oldest_ns >= window_ns)
		drop_old(distinct, values, window_ns);
	if (time_ns - distinct->given_up_ns >= window_ns)
		distinct->is_partial = false;
}

static struct distinct_value *find(const struct distinct *distinct, struct distinct_value *values, uint64_t value)
{
	for (uint32_t i = 0; i < distinct->count; i++)
		if (values[i].value == value)
			return &values[i];
	return NULL;
}

/*
 * Puts a value into the place of the oldest, unless that is itself. So none that is kept is older than one that was
 * given up, and as long as that one lies in the window all places are taken by values of the window: the set is partial
 * exactly while there are more than it can hold.
 */
static void replace_oldest(struct distinct *distinct, struct distinct_value *values, const struct distinct_value *seen,
			   struct distinct_value *ret_given_up)
{
	struct distinct_value *oldest = &values[0];

	for (uint32_t i = 1; i < distinct->count; i++)
		if (values[i].time_ns < oldest->time_ns)
			oldest = &values[i];
	*ret_given_up = *seen;
	if (oldest->time_ns <= seen->time_ns) {
		*ret_given_up = *oldest;
		*oldest = *seen;
	}
	if (ret_given_up->time_ns > distinct->given_up_ns)
		distinct->given_up_ns = ret_given_up->time_ns;
	distinct->is_partial = true;
}

enum distinct_outcome distinct_see(struct distinct *distinct, struct distinct_value *values, size_t capacity,
				   uint64_t window_ns, const struct distinct_value *seen,
				   struct distinct_value *ret_given_up)
{
	advance(distinct, values, window_ns, seen->time_ns);
	if (distinct->newest_ns - seen->time_ns >= window_ns)
		return DISTINCT_TOO_OLD;
	struct distinct_value *known = find(distinct, values, seen->value);
	if (known) {
		if (seen->time_ns > known->time_ns)
			known->time_ns = seen->time_ns;
		return DISTINCT_TAKEN;
	}
	if (distinct->count == DISTINCT_EXACT_MAX) {
		replace_oldest(distinct, values, seen, ret_given_up);
		return DISTINCT_GAVE_UP;
	}
	if (distinct->count == capacity)
		return DISTINCT_NO_ROOM;
	if (seen->time_ns < distinct->oldest_ns)
		distinct->oldest_ns = seen->time_ns;
	values[distinct->count++] = *seen;
	return DISTINCT_TAKEN;
}
