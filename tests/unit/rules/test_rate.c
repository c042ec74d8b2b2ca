// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rate.h"

#include "rules/event_times.h"
#include "support/test.h"

#include <stdbool.h>

#define WINDOW 2000
#define WIDTH (WINDOW / RATE_BUCKETS)
#define START 1000000 /* where a bucket starts */

static uint64_t added(struct rate *rate, uint64_t time_ns, uint64_t count)
{
	rate_add(rate, time_ns, WINDOW, count);
	return rate_count(rate);
}

static void test_within_the_window(void **state)
{
	struct rate rate = {.newest = 0};

	(void)state;
	assert_int_equal(rate_count(&rate), 0);
	assert_int_equal(added(&rate, START, 1), 1);
	assert_int_equal(added(&rate, START + WIDTH - 1, 2), 3);
	assert_int_equal(added(&rate, START + WIDTH, 1), 4);
	assert_int_equal(added(&rate, START + WINDOW - 1, 1), 5);
	assert_int_equal(added(&rate, START + WINDOW, 1), 3); /* the first bucket is out */
	assert_int_equal(added(&rate, START + WINDOW + WIDTH, 1), 3);
	assert_int_equal(added(&rate, START + 10 * WINDOW, 1), 1);
}

static void test_buckets_that_were_skipped_are_empty(void **state)
{
	struct rate rate = {.newest = 0};

	(void)state;
	for (uint64_t bucket = 0; bucket < RATE_BUCKETS; bucket++)
		added(&rate, START + bucket * WIDTH, 1);
	assert_int_equal(rate_count(&rate), RATE_BUCKETS);
	assert_int_equal(added(&rate, START + WINDOW + 6 * WIDTH, 1), RATE_BUCKETS - 6);
	assert_int_equal(added(&rate, START + 2 * WINDOW + 5 * WIDTH, 1), 2);
	assert_int_equal(added(&rate, START + 2 * WINDOW + 6 * WIDTH, 1), 2);
}

#define EVENTS 3000

/*
 * Against all that came: never more than the window holds, never less than RATE_BUCKETS - 1 whole buckets, whatever the
 * order; and what comes from before the window changes nothing.
 */
static void check_sequence(struct event_times times)
{
	static uint64_t events[EVENTS], counts[EVENTS];
	const uint64_t window = times.window_ns;
	struct rate rate = {.newest = 0};
	uint64_t newest = 0, before = 0;

	for (size_t i = 0; i < EVENTS; i++) {
		uint64_t whole = 0, least = 0;

		events[i] = next_event_time(&times);
		counts[i] = rand_r(&times.seed) % 10 == 0 ? 1000000 : (uint64_t)rand_r(&times.seed) % 3;
		newest = events[i] > newest ? events[i] : newest;
		rate_add(&rate, events[i], window, counts[i]);
		for (size_t j = 0; j <= i; j++) {
			uint64_t age = newest - events[j];
			whole += age < window ? counts[j] : 0;
			least += age < window / RATE_BUCKETS * (RATE_BUCKETS - 1) ? counts[j] : 0;
		}
		uint64_t count = rate_count(&rate);
		assert_in_range(count, least, whole);
		if (newest - events[i] >= window)
			assert_int_equal(count, before);
		before = count;
	}
}

static void test_against_naive_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_WINDOW_COUNT; i++)
		for (unsigned int seed = 0; seed < 3; seed++)
			check_sequence((struct event_times){
				.window_ns = event_windows_ns[i],
				.newest_ns = seed * event_windows_ns[i] * 2,
				.seed = seed,
			});
}

/* What is withdrawn was counted in both: the rest is what came elsewhere. */
static void test_withdraw_from_many(void **state)
{
	struct event_times times = {.window_ns = WINDOW, .newest_ns = START, .seed = 20260725};
	struct rate all = {.newest = 0}, part = {.newest = 0}, rest = {.newest = 0};

	(void)state;
	for (size_t i = 0; i < EVENTS; i++) {
		uint64_t time_ns = next_event_time(&times);
		bool is_part = rand_r(&times.seed) % 4 == 0;
		rate_add(&all, time_ns, WINDOW, 1);
		rate_add(&part, time_ns, WINDOW, is_part);
		rate_add(&rest, time_ns, WINDOW, !is_part);
		struct rate left = all;
		rate_withdraw(&left, &part);
		assert_int_equal(rate_count(&left), rate_count(&rest));
		rate_add(&left, times.newest_ns + 2 * WINDOW, WINDOW, 1);
		assert_int_equal(rate_count(&left), 1);
	}
}

static void test_out_of_order(void **state)
{
	struct rate rate = {.newest = 0};

	(void)state;
	added(&rate, START + WINDOW, 1);
	assert_int_equal(added(&rate, START + WIDTH, 1), 2);
	assert_int_equal(added(&rate, START + WIDTH - 1, 1), 2); /* before the window */
	assert_int_equal(added(&rate, 0, 1), 2);
	assert_int_equal(added(&rate, START + WINDOW + WIDTH, 0), 1);
}

static void test_no_overflow(void **state)
{
	struct rate rate = {.newest = 0};

	(void)state;
	assert_int_equal(added(&rate, START, UINT64_MAX), UINT32_MAX);
	assert_int_equal(added(&rate, START, 1), UINT32_MAX);
	assert_int_equal(added(&rate, START + WIDTH, 7), UINT32_MAX + 7ULL);
	assert_int_equal(added(&rate, UINT64_MAX, 1), 1);
	assert_int_equal(added(&rate, UINT64_MAX, 1), 2);
}

static void test_withdraw(void **state)
{
	struct rate rate = {.newest = 0};
	struct rate part = {.newest = 0};
	struct rate later = {.newest = 0};

	(void)state;
	added(&rate, START, 5);
	added(&rate, START + WIDTH, 5);
	added(&part, START, 2);
	added(&part, START + WIDTH, 9);
	rate_withdraw(&rate, &part);
	assert_int_equal(rate_count(&rate), 3);

	/* Only what both still know: here START + WIDTH has left the window, and the rest has not come. */
	added(&rate, START + WINDOW + WIDTH, 1);
	added(&rate, START + 2 * WIDTH, 4);
	rate_withdraw(&rate, &part);
	assert_int_equal(rate_count(&rate), 5);
	added(&later, START + WINDOW + 2 * WIDTH, 9);
	rate_withdraw(&rate, &later);
	assert_int_equal(rate_count(&rate), 5);
	rate_withdraw(&rate, &rate);
	assert_int_equal(rate_count(&rate), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_the_window),
		cmocka_unit_test(test_buckets_that_were_skipped_are_empty),
		cmocka_unit_test(test_against_naive_count),
		cmocka_unit_test(test_withdraw_from_many),
		cmocka_unit_test(test_out_of_order),
		cmocka_unit_test(test_no_overflow),
		cmocka_unit_test(test_withdraw),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
