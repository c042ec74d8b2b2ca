// SPDX-License-Identifier: GPL-2.0-only
#include "rules/distinct.h"

#include "rules/event_times.h"
#include "support/test.h"

#include <stdbool.h>

#define WINDOW 1000
#define START 50000

struct watched {
	struct distinct distinct;
	struct distinct_value values[DISTINCT_EXACT_MAX];
	struct distinct_value given_up;
};

static enum distinct_outcome see(struct watched *watched, uint64_t window_ns, uint64_t time_ns, uint64_t value)
{
	struct distinct_value seen = {.value = value, .time_ns = time_ns};

	return distinct_see(&watched->distinct, watched->values, DISTINCT_EXACT_MAX, window_ns, &seen,
			    &watched->given_up);
}

static void test_window(void **state)
{
	struct watched watched = {.distinct = {.count = 0}};

	(void)state;
	assert_int_equal(see(&watched, WINDOW, START, 7), DISTINCT_TAKEN);
	assert_int_equal(see(&watched, WINDOW, START + 1, 7), DISTINCT_TAKEN);
	assert_int_equal(watched.distinct.count, 1);
	assert_int_equal(see(&watched, WINDOW, START + 2, 0), DISTINCT_TAKEN);
	assert_int_equal(watched.distinct.count, 2);
	see(&watched, WINDOW, START + WINDOW, 0);
	assert_int_equal(watched.distinct.count, 2); /* 7 was seen last at START + 1 */
	see(&watched, WINDOW, START + WINDOW + 1, 0);
	assert_int_equal(watched.distinct.count, 1);
	see(&watched, WINDOW, START + 5 * WINDOW, 8);
	assert_int_equal(watched.distinct.count, 1);
	assert_false(watched.distinct.is_partial);
}

static void test_out_of_order(void **state)
{
	struct watched watched = {.distinct = {.count = 0}};

	(void)state;
	see(&watched, WINDOW, START, 1);
	assert_int_equal(see(&watched, WINDOW, START - WINDOW, 2), DISTINCT_TOO_OLD);
	assert_int_equal(see(&watched, WINDOW, 0, 2), DISTINCT_TOO_OLD);
	assert_int_equal(watched.distinct.count, 1);
	assert_int_equal(see(&watched, WINDOW, START - WINDOW + 1, 2), DISTINCT_TAKEN);
	assert_int_equal(see(&watched, WINDOW, START - 10, 1), DISTINCT_TAKEN); /* makes it no older */
	assert_int_equal(watched.distinct.count, 2);
	see(&watched, WINDOW, START + WINDOW - 1, 3);
	assert_int_equal(watched.distinct.count, 2); /* 1 and 3 */
	see(&watched, WINDOW, UINT64_MAX, 3);
	assert_int_equal(watched.distinct.count, 1);
}

static void test_room_is_asked_for(void **state)
{
	struct watched watched = {.distinct = {.count = 0}};
	struct distinct_value seen = {.value = 1, .time_ns = START};
	struct distinct_value given_up;

	(void)state;
	for (; seen.value <= 4; seen.value++)
		assert_int_equal(distinct_see(&watched.distinct, watched.values, 4, WINDOW, &seen, &given_up),
				 DISTINCT_TAKEN);
	assert_int_equal(distinct_see(&watched.distinct, watched.values, 4, WINDOW, &seen, &given_up),
			 DISTINCT_NO_ROOM);
	assert_int_equal(watched.distinct.count, 4);
	assert_int_equal(distinct_see(&watched.distinct, watched.values, 5, WINDOW, &seen, &given_up), DISTINCT_TAKEN);
	assert_int_equal(watched.distinct.count, 5);
	assert_false(watched.distinct.is_partial);
}

static void test_the_latest_stay(void **state)
{
	struct watched watched = {.distinct = {.count = 0}};

	(void)state;
	for (uint64_t i = 0; i < DISTINCT_EXACT_MAX; i++)
		assert_int_equal(see(&watched, WINDOW, START + i, i), DISTINCT_TAKEN);
	see(&watched, WINDOW, START + 40, 0);
	assert_false(watched.distinct.is_partial);
	assert_int_equal(see(&watched, WINDOW, START + 50, 100), DISTINCT_GAVE_UP);
	assert_int_equal(watched.given_up.value, 1);
	assert_int_equal(watched.given_up.time_ns, START + 1);
	assert_int_equal(see(&watched, WINDOW, START + 1, 101), DISTINCT_GAVE_UP);
	assert_int_equal(watched.given_up.value, 101); /* older than all others */
	assert_true(watched.distinct.is_partial);
	assert_int_equal(see(&watched, WINDOW, START + 50, 0), DISTINCT_TAKEN);
	see(&watched, WINDOW, START + WINDOW, 0);
	assert_true(watched.distinct.is_partial);
	see(&watched, WINDOW, START + WINDOW + 1, 0);
	assert_false(watched.distinct.is_partial);
	assert_int_equal(watched.distinct.count, DISTINCT_EXACT_MAX);
}

#define EVENTS 1500

struct event {
	uint64_t time_ns;
	uint64_t value;
};

/* How many different values lie in the window that ends with the newest of all events. */
static size_t naive_count(const struct event *events, size_t count, uint64_t window_ns, size_t value_count)
{
	uint64_t newest_ns = 0;
	bool is_there[100] = {false};
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		newest_ns = events[i].time_ns > newest_ns ? events[i].time_ns : newest_ns;
	for (size_t i = 0; i < count; i++)
		if (newest_ns - events[i].time_ns < window_ns)
			is_there[events[i].value] = true;
	for (size_t value = 0; value < value_count; value++)
		found += is_there[value];
	return found;
}

/* Exact whenever there are no more than DISTINCT_EXACT_MAX, and partial whenever there are. Returns how often it was
 * each. */
static void run_sequence(struct event_times times, size_t value_count, size_t ret_seen[2])
{
	static struct event events[EVENTS];
	struct watched watched = {.distinct = {.count = 0}};

	for (size_t i = 0; i < EVENTS; i++) {
		events[i].time_ns = next_event_time(&times);
		events[i].value = (uint64_t)rand_r(&times.seed) % value_count;
		see(&watched, times.window_ns, events[i].time_ns, events[i].value);
		size_t expected = naive_count(events, i + 1, times.window_ns, value_count);
		assert_int_equal(watched.distinct.is_partial, expected > DISTINCT_EXACT_MAX);
		assert_int_equal(watched.distinct.count, expected > DISTINCT_EXACT_MAX ? DISTINCT_EXACT_MAX : expected);
		ret_seen[expected > DISTINCT_EXACT_MAX]++;
	}
}

static void test_against_naive_count(void **state)
{
	static const size_t value_counts[] = {1, 5, 32, 33, 40, 100};
	size_t seen[2] = {0, 0};

	(void)state;
	for (size_t i = 0; i < EVENT_WINDOW_COUNT; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(value_counts); j++) {
			struct event_times times = {
				.window_ns = event_windows_ns[i],
				.newest_ns = i * event_windows_ns[i],
				.seed = (unsigned int)(i * 100 + j),
			};
			run_sequence(times, value_counts[j], seen);
		}
	}
	assert_true(seen[0] > EVENTS && seen[1] > EVENTS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_room_is_asked_for),
		cmocka_unit_test(test_the_latest_stay),
		cmocka_unit_test(test_against_naive_count),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("distinct", tests, NULL, NULL);
}
