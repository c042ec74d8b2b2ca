// SPDX-License-Identifier: GPL-2.0-only
#include "rules/distinct_sets.h"

#include "rules/distinct.h"
#include "rules/sketch.h"

#include <string.h>

#define FEW_VALUES 4 /* most sets have no more */
#define SHRINK_AT 2  /* values that go back to where the few lie; not FEW_VALUES, or some would move all the time */
#define RANK_0 'A'   /* a register of a sketch is kept as a letter, from this one on */
#define NAME_SIZE (DISTINCT_KEEP_PREFIX_MAX + sizeof("_sketch"))
#define RECLAIM_LOOKS 8 /* sketches that are looked at for one that is out of use */

struct distinct_set {
	uint64_t window_ns;
	struct distinct distinct;
	uint32_t block;  /* where the values lie; 0: in `few` */
	uint32_t sketch; /* of a partial set; 0: there was none */
	bool misses_sketch;
	struct distinct_value few[FEW_VALUES];
};

struct block {
	struct distinct_value values[DISTINCT_EXACT_MAX];
};

struct kept_sketch {
	uint32_t owner; /* number of a set */
	struct sketch sketch;
};

_Static_assert(sizeof(struct distinct_set) == 120 && sizeof(struct block) == 512 && sizeof(struct kept_sketch) == 2336,
	       "as rules/counters.h says");

int distinct_sets_make(struct distinct_sets *sets, size_t set_count, size_t block_count, size_t sketch_count)
{
	int error;

	if ((error = pool_make(&sets->sets, sizeof(struct distinct_set), set_count)) != 0 ||
	    (error = pool_make(&sets->blocks, sizeof(struct block), block_count)) != 0)
		return error;
	return pool_make(&sets->sketches, sizeof(struct kept_sketch), sketch_count);
}

void distinct_sets_release(struct distinct_sets *sets)
{
	pool_release(&sets->sets);
	pool_release(&sets->blocks);
	pool_release(&sets->sketches);
}

static struct distinct_set *set_at(const struct distinct_sets *sets, uint32_t number)
{
	return pool_at(&sets->sets, number);
}

static struct kept_sketch *sketch_at(const struct distinct_sets *sets, uint32_t number)
{
	return pool_at(&sets->sketches, number);
}

static struct distinct_value *values_of(const struct distinct_sets *sets, struct distinct_set *set)
{
	return set->block != 0 ? ((struct block *)pool_at(&sets->blocks, set->block))->values : set->few;
}

uint32_t distinct_sets_take(struct distinct_sets *sets, uint64_t window_ns)
{
	uint32_t number = pool_take(&sets->sets);

	if (number != 0)
		set_at(sets, number)->window_ns = window_ns;
	return number;
}

static void release_sketch(struct distinct_sets *sets, struct distinct_set *set)
{
	if (set->sketch != 0)
		pool_give_back(&sets->sketches, set->sketch);
	set->sketch = 0;
}

static void release_block(struct distinct_sets *sets, struct distinct_set *set)
{
	if (set->block != 0)
		pool_give_back(&sets->blocks, set->block);
	set->block = 0;
}

void distinct_sets_give_back(struct distinct_sets *sets, uint32_t number)
{
	release_sketch(sets, set_at(sets, number));
	release_block(sets, set_at(sets, number));
	pool_give_back(&sets->sets, number);
}

/* More room for the values of a set. */
static bool grow(struct distinct_sets *sets, struct distinct_set *set)
{
	set->block = pool_take(&sets->blocks);
	if (set->block == 0)
		return false;
	memcpy(values_of(sets, set), set->few, sizeof(set->few));
	return true;
}

/* Gives back what an exact set does not need. */
static void settle(struct distinct_sets *sets, struct distinct_set *set)
{
	release_sketch(sets, set);
	set->misses_sketch = false;
	if (set->block == 0 || set->distinct.count > SHRINK_AT)
		return;
	memcpy(set->few, values_of(sets, set), SHRINK_AT * sizeof(*set->few));
	release_block(sets, set);
}

/* Frees a sketch whose owner's window has passed at this time. All are in use, and they are looked at by turns. */
static void reclaim_sketch(struct distinct_sets *sets, uint64_t time_ns)
{
	for (int looks = 0; looks < RECLAIM_LOOKS; looks++) {
		sets->next_look = sets->next_look % sets->sketches.capacity + 1;
		struct distinct_set *owner = set_at(sets, sketch_at(sets, sets->next_look)->owner);
		uint64_t newest_ns = owner->distinct.newest_ns;

		if (time_ns > newest_ns && time_ns - newest_ns >= owner->window_ns) {
			release_sketch(sets, owner);
			return;
		}
	}
}

/* A partial set goes on with a sketch, if there is one: of its values, and of the one it gave up, which may be NULL. */
static void begin_sketch(struct distinct_sets *sets, uint32_t number, const struct distinct_value *given_up)
{
	struct distinct_set *set = set_at(sets, number);
	const struct distinct_value *values = values_of(sets, set);

	if (pool_left(&sets->sketches) == 0)
		reclaim_sketch(sets, set->distinct.newest_ns);
	set->sketch = pool_take(&sets->sketches);
	if (set->sketch == 0) {
		sets->sketches_missed += !set->misses_sketch;
		set->misses_sketch = true;
		return;
	}
	struct kept_sketch *kept = sketch_at(sets, set->sketch);
	kept->owner = number;
	sketch_begin(&kept->sketch, set->window_ns, set->distinct.newest_ns);
	for (uint32_t i = 0; i < set->distinct.count; i++)
		sketch_see(&kept->sketch, set->window_ns, values[i].time_ns, values[i].value);
	if (given_up)
		sketch_see(&kept->sketch, set->window_ns, given_up->time_ns, given_up->value);
}

static enum distinct_outcome see(const struct distinct_sets *sets, struct distinct_set *set,
				 const struct distinct_value *seen, struct distinct_value *ret_given_up)
{
	size_t capacity = set->block != 0 ? DISTINCT_EXACT_MAX : FEW_VALUES;

	return distinct_see(&set->distinct, values_of(sets, set), capacity, set->window_ns, seen, ret_given_up);
}

bool distinct_sets_see(struct distinct_sets *sets, uint32_t number, uint64_t time_ns, uint64_t value)
{
	struct distinct_set *set = set_at(sets, number);
	struct distinct_value seen = {.value = value, .time_ns = time_ns};
	struct distinct_value given_up;
	enum distinct_outcome outcome = see(sets, set, &seen, &given_up);

	if (outcome == DISTINCT_NO_ROOM) {
		if (!grow(sets, set))
			return false;
		outcome = see(sets, set, &seen, &given_up);
	}
	if (!set->distinct.is_partial)
		settle(sets, set);
	else if (set->sketch == 0)
		begin_sketch(sets, number, outcome == DISTINCT_GAVE_UP ? &given_up : NULL);
	else
		sketch_see(&sketch_at(sets, set->sketch)->sketch, set->window_ns, time_ns, value);
	return true;
}

uint64_t distinct_sets_value(const struct distinct_sets *sets, uint32_t number, bool *ret_is_estimate)
{
	const struct distinct_set *set = set_at(sets, number);
	uint64_t least = set->distinct.count + set->distinct.is_partial; /* what it gave up lies in the window too */

	*ret_is_estimate = set->distinct.is_partial;
	if (set->sketch == 0)
		return least;
	uint64_t estimate = sketch_estimate(&sketch_at(sets, set->sketch)->sketch);
	return estimate > least ? estimate : least;
}

uint64_t distinct_sets_window(const struct distinct_sets *sets, uint32_t number)
{
	return set_at(sets, number)->window_ns;
}

static void keep_sketch(const struct distinct_sets *sets, const struct distinct_set *set, FILE *stream,
			const char *prefix)
{
	const struct sketch *sketch = &sketch_at(sets, set->sketch)->sketch;
	char letters[SKETCH_PANES * SKETCH_REGISTERS];
	char name[NAME_SIZE];

	for (size_t i = 0; i < sizeof(letters); i++)
		letters[i] = (char)(RANK_0 + sketch->panes[i / SKETCH_REGISTERS][i % SKETCH_REGISTERS]);
	snprintf(name, sizeof(name), "%s_pane", prefix);
	keep_put_number(stream, name, sketch->newest);
	snprintf(name, sizeof(name), "%s_sketch", prefix);
	keep_put_bytes(stream, name, letters, sizeof(letters));
}

void distinct_sets_keep(const struct distinct_sets *sets, uint32_t number, FILE *stream, const char *prefix)
{
	struct distinct_set *set = set_at(sets, number);
	const struct distinct_value *values = values_of(sets, set);
	uint64_t numbers[2 * DISTINCT_EXACT_MAX];
	char name[NAME_SIZE];

	for (uint32_t i = 0; i < set->distinct.count; i++) {
		numbers[2 * i] = values[i].value;
		numbers[2 * i + 1] = values[i].time_ns;
	}
	snprintf(name, sizeof(name), "%s_seen", prefix);
	keep_put_numbers(stream, name, numbers, 2 * (size_t)set->distinct.count);
	if (!set->distinct.is_partial)
		return;
	snprintf(name, sizeof(name), "%s_lost", prefix);
	keep_put_number(stream, name, set->distinct.given_up_ns);
	if (set->sketch != 0)
		keep_sketch(sets, set, stream, prefix);
}

static void restore_sketch(struct distinct_sets *sets, uint32_t number, struct keep_line *line, const char *prefix,
			   uint64_t now_ns)
{
	struct distinct_set *set = set_at(sets, number);
	char name[NAME_SIZE];
	uint8_t panes[SKETCH_PANES][SKETCH_REGISTERS];
	size_t size;

	snprintf(name, sizeof(name), "%s_pane", prefix);
	uint64_t newest = keep_number(line, name, now_ns / (set->window_ns / SKETCH_PANES));
	snprintf(name, sizeof(name), "%s_sketch", prefix);
	const char *letters = keep_bytes(line, name, &size);
	if (!letters || size != sizeof(panes) || line->is_bad) {
		line->is_bad |= letters != NULL;
		return;
	}
	for (size_t i = 0; i < size; i++)
		panes[i / SKETCH_REGISTERS][i % SKETCH_REGISTERS] = (uint8_t)(letters[i] - RANK_0);
	begin_sketch(sets, number, NULL);
	if (set->sketch != 0 && !sketch_restore(&sketch_at(sets, set->sketch)->sketch, newest, panes))
		line->is_bad = true;
}

void distinct_sets_restore(struct distinct_sets *sets, uint32_t number, struct keep_line *line, const char *prefix,
			   uint64_t now_ns)
{
	struct distinct *distinct = &set_at(sets, number)->distinct;
	uint64_t numbers[2 * DISTINCT_EXACT_MAX];
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s_seen", prefix);
	size_t count = keep_numbers(line, name, UINT64_MAX, numbers, 2 * (size_t)DISTINCT_EXACT_MAX) / 2;
	for (size_t i = 0; i < count; i++) {
		if (numbers[2 * i + 1] <= now_ns)
			distinct_sets_see(sets, number, numbers[2 * i + 1], numbers[2 * i]);
		else
			line->is_bad = true;
	}
	snprintf(name, sizeof(name), "%s_lost", prefix);
	uint64_t given_up_ns = keep_number(line, name, now_ns);
	/* Only a full set gives up values. */
	if (given_up_ns == 0 || distinct->count < DISTINCT_EXACT_MAX || line->is_bad)
		return;
	distinct->given_up_ns = given_up_ns;
	distinct->is_partial = true;
	restore_sketch(sets, number, line, prefix, now_ns);
}
