// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/distinct_count.h"

#include "lib/cleanup.h"

#include <string.h>

#define FIRST_ROOM 4

void distinct_count_clear(struct distinct_count *distinct)
{
	if (distinct->is_estimate)
		free(distinct->registers);
	else if (distinct->room > 0)
		free(distinct->values);
	*distinct = (struct distinct_count){.count = 0};
}

static void lift(struct hyperloglog *registers, uint64_t value)
{
	unsigned int place = hyperloglog_place(value);
	uint8_t rank = hyperloglog_rank(value);

	if (rank > registers->registers[place])
		hyperloglog_lift(registers, place, rank);
}

/* There are more than can be counted exactly, whatever the estimate says. */
static void estimate(struct distinct_count *distinct)
{
	uint64_t estimated = hyperloglog_estimate(distinct->registers);

	distinct->count = estimated > UINT32_MAX ? UINT32_MAX : (uint32_t)estimated;
	if (distinct->count <= DISTINCT_COUNT_EXACT_MAX)
		distinct->count = DISTINCT_COUNT_EXACT_MAX + 1;
}

static bool add_to_estimate(struct distinct_count *distinct, uint64_t value)
{
	uint32_t before = distinct->count;

	if (hyperloglog_rank(value) <= distinct->registers->registers[hyperloglog_place(value)])
		return false;
	lift(distinct->registers, value);
	estimate(distinct);
	return distinct->count != before;
}

static bool begin_estimate(struct distinct_count *distinct, uint64_t value)
{
	struct hyperloglog *registers = calloc(1, sizeof(*registers));

	if (!registers)
		return false;
	for (uint32_t i = 0; i < distinct->count; i++)
		lift(registers, distinct->values[i]);
	lift(registers, value);
	free(distinct->values);
	distinct->registers = registers;
	distinct->is_estimate = true;
	estimate(distinct);
	return true;
}

static bool grow(struct distinct_count *distinct)
{
	uint8_t room = distinct->room ? (uint8_t)(2 * distinct->room) : FIRST_ROOM;
	uint64_t *values = malloc(room * sizeof(*values));

	if (!values)
		return false;
	if (distinct->room == 0) {
		values[0] = distinct->only;
	} else {
		memcpy(values, distinct->values, distinct->count * sizeof(*values));
		free(distinct->values);
	}
	distinct->values = values;
	distinct->room = room;
	return true;
}

static bool has(const struct distinct_count *distinct, uint64_t value)
{
	const uint64_t *values = distinct->room ? distinct->values : &distinct->only;

	for (uint32_t i = 0; i < distinct->count; i++)
		if (values[i] == value)
			return true;
	return false;
}

bool distinct_count_see(struct distinct_count *distinct, uint64_t value)
{
	if (distinct->is_estimate)
		return add_to_estimate(distinct, value);
	if (has(distinct, value))
		return false;
	if (distinct->count == 0) {
		distinct->only = value;
		distinct->count = 1;
		return true;
	}
	if (distinct->count == DISTINCT_COUNT_EXACT_MAX)
		return begin_estimate(distinct, value);
	if (distinct->count >= (distinct->room ? distinct->room : 1) && !grow(distinct))
		return false;
	distinct->values[distinct->count++] = value;
	return true;
}
