// SPDX-License-Identifier: GPL-2.0-only
#include "rules/distinct_sets.h"

#include "lib/cleanup.h"
#include "rules/distinct.h"
#include "rules/event_times.h"
#include "rules/sketch.h"
#include "support/test.h"

#define WINDOW 8000
#define START 1000000
#define SETS 200
#define SKETCHES 64

static struct distinct_sets new_sets(void)
{
	struct distinct_sets sets = {.next_look = 0};

	assert_int_equal(distinct_sets_make(&sets, SETS, SETS, SKETCHES), 0);
	return sets;
}

static uint32_t take(struct distinct_sets *sets)
{
	uint32_t number = distinct_sets_take(sets, WINDOW);

	assert_int_not_equal(number, 0);
	return number;
}

/* Different values `first` and the `count` - 1 after it, at one time. */
static void see(struct distinct_sets *sets, uint32_t number, uint64_t time_ns, uint64_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_true(distinct_sets_see(sets, number, time_ns, spread(first + i)));
}

static void assert_exactly(const struct distinct_sets *sets, uint32_t number, uint64_t expected)
{
	bool is_estimate = true;

	assert_int_equal(distinct_sets_value(sets, number, &is_estimate), expected);
	assert_false(is_estimate);
}

/* 4 standard errors around it. Returns what it is. */
static uint64_t assert_about(const struct distinct_sets *sets, uint32_t number, uint64_t expected)
{
	bool is_estimate = false;
	uint64_t value = distinct_sets_value(sets, number, &is_estimate);

	assert_in_range(value, expected * 74 / 100, expected * 126 / 100);
	assert_true(is_estimate);
	assert_true(value > DISTINCT_EXACT_MAX);
	return value;
}

/* Up and down again: exact, estimated, exact; and again. */
static void test_it_goes_up_and_down(void **state)
{
	_cleanup_(distinct_sets_release) struct distinct_sets sets = new_sets();
	uint32_t number = take(&sets);
	uint64_t time_ns = START;

	(void)state;
	for (int round = 0; round < 1000; round++, time_ns += 2 * WINDOW) {
		for (uint64_t count = 1; count <= DISTINCT_EXACT_MAX; count++) {
			see(&sets, number, time_ns, count, 1);
			assert_exactly(&sets, number, count);
		}
		see(&sets, number, time_ns, DISTINCT_EXACT_MAX + 1, 1);
		assert_about(&sets, number, DISTINCT_EXACT_MAX + 1);
		see(&sets, number, time_ns, 0, 3000);
		assert_about(&sets, number, 3000);
		see(&sets, number, time_ns + WINDOW / 2, 3000, 20);
		assert_about(&sets, number, 3000);
		see(&sets, number, time_ns + WINDOW, 3000, 1);
		assert_exactly(&sets, number, 20);
	}
	assert_int_equal(sets.sketches_missed, 0);
	assert_int_equal(pool_left(&sets.sketches), SKETCHES);
}

/* The values that were there before the sketch are in it, with their times. */
static void test_migration_keeps_times(void **state)
{
	_cleanup_(distinct_sets_release) struct distinct_sets sets = new_sets();
	uint32_t number = take(&sets);
	uint64_t early = 20;

	(void)state;
	see(&sets, number, START, 0, early);
	see(&sets, number, START + WINDOW / 2, early, 100);
	uint64_t with_early = assert_about(&sets, number, 100 + early);
	see(&sets, number, START + WINDOW, early, 1);
	assert_true(assert_about(&sets, number, 100) < with_early);
}

/* All of them, also the one that had to leave the set. */
static void test_migration_is_complete(void **state)
{
	_cleanup_(distinct_sets_release) struct distinct_sets sets = new_sets();

	(void)state;
	for (uint64_t first = 0; first < SKETCHES; first++) {
		struct sketch sketch = {.newest = 0};
		uint32_t number = take(&sets);

		see(&sets, number, START, 100 * first, 50);
		for (uint64_t i = 0; i < 50; i++)
			sketch_see(&sketch, WINDOW, START, spread(100 * first + i));
		assert_int_equal(assert_about(&sets, number, 50), sketch_estimate(&sketch));
	}
}

#define EVENTS 1200

struct event {
	uint64_t time_ns;
	uint64_t value;
};

/* How many different values lie in the window, or in the last eighths of it. */
static uint64_t naive_count(const struct event *events, size_t count, uint64_t window_ns, uint64_t eighths)
{
	static bool is_there[2000];
	uint64_t newest_ns = 0, found = 0;

	memset(is_there, 0, sizeof(is_there));
	for (size_t i = 0; i < count; i++)
		newest_ns = events[i].time_ns > newest_ns ? events[i].time_ns : newest_ns;
	for (size_t i = 0; i < count; i++)
		if (newest_ns - events[i].time_ns < (eighths == 8 ? window_ns : window_ns / 8 * eighths))
			is_there[events[i].value] = true;
	for (size_t value = 0; value < ARRAY_SIZE(is_there); value++)
		found += is_there[value];
	return found;
}

/* Exact up to DISTINCT_EXACT_MAX, and above between what lies in seven eighths of the window and in all of it, give or
 * take 4 standard errors. Returns how many were estimates. */
static size_t run_sequence(struct event_times times, uint64_t value_count)
{
	static struct event events[EVENTS];
	_cleanup_(distinct_sets_release) struct distinct_sets sets = new_sets();
	uint32_t number = distinct_sets_take(&sets, times.window_ns);
	const uint64_t salt = (uint64_t)times.seed << 32;
	size_t estimates = 0;

	for (size_t i = 0; i < EVENTS; i++) {
		bool is_estimate = false;
		events[i].time_ns = next_event_time(&times);
		events[i].value = (uint64_t)rand_r(&times.seed) % value_count;
		assert_true(distinct_sets_see(&sets, number, events[i].time_ns, spread(events[i].value ^ salt)));
		uint64_t whole = naive_count(events, i + 1, times.window_ns, 8);
		uint64_t least = naive_count(events, i + 1, times.window_ns, 7);
		uint64_t value = distinct_sets_value(&sets, number, &is_estimate);
		assert_int_equal(is_estimate, whole > DISTINCT_EXACT_MAX);
		estimates += is_estimate;
		assert_in_range(value, is_estimate ? least * 74 / 100 : whole,
				is_estimate ? whole * 126 / 100 + 1 : whole);
		assert_true(!is_estimate || value > DISTINCT_EXACT_MAX);
	}
	return estimates;
}

static void test_against_naive_count(void **state)
{
	static const uint64_t value_counts[] = {3, 33, 60, 300, 2000};
	size_t estimates = 0;

	(void)state;
	for (size_t i = 0; i < EVENT_WINDOW_COUNT; i++)
		for (size_t j = 0; j < ARRAY_SIZE(value_counts); j++)
			estimates += run_sequence(
				(struct event_times){
					.window_ns = event_windows_ns[i],
					.newest_ns = 5 * event_windows_ns[i],
					.seed = (unsigned int)(10 * i + j),
				},
				value_counts[j]);
	assert_in_range(estimates, EVENTS, EVENTS * EVENT_WINDOW_COUNT * (ARRAY_SIZE(value_counts) - 1));
}

/* Each takes the next one. */
static void fill_sketches(struct distinct_sets *sets, uint64_t time_ns, uint32_t ret_numbers[SKETCHES])
{
	for (size_t i = 0; i < SKETCHES; i++) {
		ret_numbers[i] = take(sets);
		see(sets, ret_numbers[i], time_ns, 0, 1000);
		assert_about(sets, ret_numbers[i], 1000);
	}
}

/* It goes on with what it has, and asks again. */
static void test_no_sketch_left(void **state)
{
	_cleanup_(distinct_sets_release) struct distinct_sets sets = new_sets();
	uint32_t numbers[SKETCHES];

	(void)state;
	fill_sketches(&sets, START, numbers);
	uint32_t last = take(&sets);
	see(&sets, last, START, 0, DISTINCT_EXACT_MAX);
	assert_exactly(&sets, last, DISTINCT_EXACT_MAX);
	assert_int_equal(sets.sketches_missed, 0);
	see(&sets, last, START, 0, 500);
	assert_int_equal(assert_about(&sets, last, DISTINCT_EXACT_MAX + 1), DISTINCT_EXACT_MAX + 1);
	assert_int_equal(sets.sketches_missed, 1); /* once, not for each value */

	/* In a later window it is missed again. */
	for (size_t i = 0; i < SKETCHES; i++)
		see(&sets, numbers[i], START + 2 * WINDOW, 0, 1000);
	see(&sets, last, START + 2 * WINDOW, 0, 500);
	assert_int_equal(sets.sketches_missed, 2);

	/* One of the others can count exactly again. */
	see(&sets, numbers[5], START + 3 * WINDOW, 0, 1);
	assert_exactly(&sets, numbers[5], 1);
	see(&sets, last, START + 2 * WINDOW, 0, 500);
	assert_about(&sets, last, 500);
	assert_int_equal(sets.sketches_missed, 2);
}

/* Who is quiet for longer than his window keeps no sketch from others. */
static void test_sketches_are_reclaimed(void **state)
{
	_cleanup_(distinct_sets_release) struct distinct_sets sets = new_sets();
	uint32_t numbers[SKETCHES], others[SKETCHES];

	(void)state;
	fill_sketches(&sets, START, numbers);
	see(&sets, take(&sets), START + WINDOW - 1, 0, 1000);
	assert_int_equal(sets.sketches_missed, 1);
	fill_sketches(&sets, START + WINDOW, others);
	assert_int_equal(sets.sketches_missed, 1);
	assert_about(&sets, numbers[0], DISTINCT_EXACT_MAX + 1);
	see(&sets, numbers[0], START + WINDOW, 5, 2);
	assert_exactly(&sets, numbers[0], 2);
}

/* What is given back is there for others, all of it. */
static void test_everything_is_given_back(void **state)
{
	_cleanup_(distinct_sets_release) struct distinct_sets sets = new_sets();
	static const size_t sizes[] = {0, 1, 4, 5, 32, 33, 1000};

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		uint32_t number = take(&sets);
		assert_exactly(&sets, number, 0);
		see(&sets, number, START, 0, sizes[i % ARRAY_SIZE(sizes)]);
		distinct_sets_give_back(&sets, number);
	}
	assert_int_equal(pool_left(&sets.sets), SETS);
	assert_int_equal(pool_left(&sets.blocks), SETS);
	assert_int_equal(pool_left(&sets.sketches), SKETCHES);
	for (size_t i = 0; i < SETS; i++)
		take(&sets);
	assert_int_equal(distinct_sets_take(&sets, WINDOW), 0);
}

static void test_no_block_left(void **state)
{
	_cleanup_(distinct_sets_release) struct distinct_sets sets = {.next_look = 0};

	(void)state;
	assert_int_equal(distinct_sets_make(&sets, 2, 1, 1), 0);
	uint32_t one = take(&sets), two = take(&sets);
	see(&sets, one, START, 0, 5);
	see(&sets, two, START, 0, 4);
	assert_false(distinct_sets_see(&sets, two, START, spread(4)));
	assert_exactly(&sets, two, 4);
	see(&sets, one, START + WINDOW, 0, 1); /* it needs the block no more */
	assert_exactly(&sets, one, 1);
	see(&sets, two, START, 0, 6);
	assert_exactly(&sets, two, 6);
	see(&sets, one, START + WINDOW, 1, 3);
	assert_exactly(&sets, one, 4);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_goes_up_and_down),      cmocka_unit_test(test_migration_keeps_times),
		cmocka_unit_test(test_migration_is_complete),    cmocka_unit_test(test_against_naive_count),
		cmocka_unit_test(test_no_sketch_left),           cmocka_unit_test(test_sketches_are_reclaimed),
		cmocka_unit_test(test_everything_is_given_back), cmocka_unit_test(test_no_block_left),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("distinct_sets", tests, NULL, NULL);
}
