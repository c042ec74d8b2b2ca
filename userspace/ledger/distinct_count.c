// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/distinct_count.h"

#include "lib/cleanup.h"

#include <string.h>

#define FIRST_ROOM 4
#define RANK_0 'A' /* a register is kept as a letter, from this one on */

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

void distinct_count_keep(const struct distinct_count *distinct, FILE *stream, const char *name)
{
	char letters[HYPERLOGLOG_REGISTERS];

	if (!distinct->is_estimate) {
		keep_put_numbers(stream, name, distinct->room ? distinct->values : &distinct->only, distinct->count);
		return;
	}
	for (size_t i = 0; i < HYPERLOGLOG_REGISTERS; i++)
		letters[i] = (char)(RANK_0 + distinct->registers->registers[i]);
	keep_put_bytes(stream, name, letters, sizeof(letters));
}

static void restore_estimate(struct distinct_count *distinct, struct keep_line *line, const char *letters)
{
	_cleanup_free_ struct hyperloglog *registers = calloc(1, sizeof(*registers));

	if (!registers)
		return;
	for (unsigned int i = 0; i < HYPERLOGLOG_REGISTERS; i++) {
		int rank = letters[i] - RANK_0;
		if (rank < 0 || rank > HYPERLOGLOG_RANK_MAX) {
			line->is_bad = true;
			return;
		}
		if (rank > 0)
			hyperloglog_lift(registers, i, (uint8_t)rank);
	}
	distinct->registers = TAKE_PTR(registers);
	distinct->is_estimate = true;
	estimate(distinct);
}

void distinct_count_restore(struct distinct_count *distinct, struct keep_line *line, const char *name)
{
	uint64_t values[DISTINCT_COUNT_EXACT_MAX];
	size_t size;
	const char *letters = keep_bytes(line, name, &size);

	if (letters && size == HYPERLOGLOG_REGISTERS && letters[0] >= RANK_0) {
		restore_estimate(distinct, line, letters);
		return;
	}
	size_t count = keep_numbers(line, name, UINT64_MAX, values, DISTINCT_COUNT_EXACT_MAX);
	for (size_t i = 0; i < count && !line->is_bad; i++)
		distinct_count_see(distinct, values[i]);
}
