// SPDX-License-Identifier: GPL-2.0-only
/* Today, and the series of the last minutes. */
#include "ledger/tally.h"

#include "ledger/watch.h"

#include <time.h>

#define HOUR (3600 * SECOND)

/* Its rule, as no database of zones need be installed. */
static void go_to_berlin(void)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
}

static void test_a_day_begins_at_local_midnight(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);

	go_to_berlin(); /* an hour ahead: midnight is at 23:00 UTC */
	attempt(watch, &identity, 1);
	watch->wall_ns = MORNING + 13 * HOUR - 1;
	attempt(watch, &identity, 2);
	assert_int_equal(totals_of(watch).today.attempts, 2);
	assert_int_equal(totals_of(watch).destinations_today, 1);
	assert_int_equal(totals_of(watch).receivers_today, 1);
	ledger_tick(watch->ledger, MORNING + 13 * HOUR);
	assert_int_equal(totals_of(watch).today.attempts, 0);
	assert_int_equal(totals_of(watch).destinations_today, 0);
	assert_int_equal(totals_of(watch).receivers_today, 0);
	attempt(watch, &identity, 3); /* a moment older than the tick */
	assert_int_equal(totals_of(watch).today.attempts, 1);
	assert_int_equal(totals_of(watch).all.attempts, 3);
	watch->wall_ns = MORNING + 37 * HOUR; /* no tick came */
	attempt(watch, &identity, 4);
	assert_int_equal(totals_of(watch).today.attempts, 1);
	assert_int_equal(totals_of(watch).since_wall_ns, MORNING);
}

static void test_days_of_23_and_25_hours(void **state)
{
	/* Summer time ends on 2026-10-25 and begins on 2027-03-28, at 01:00 UTC. */
	static const struct {
		uint64_t midnight;
		uint64_t hours;
	} days[] = {{1792879200, 25}, {1806188400, 23}, {1795388400, 24}};

	(void)state;
	go_to_berlin();
	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		struct tally tally = {.since_wall_ns = 0};
		tally_tick(&tally, days[i].midnight * SECOND + 5 * HOUR);
		assert_int_equal(tally.day_begin_ns, days[i].midnight * SECOND);
		assert_int_equal(tally.day_end_ns, days[i].midnight * SECOND + days[i].hours * HOUR);
		tally_clear(&tally);
	}
}

static void test_a_clock_that_is_set_back(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);

	attempt(watch, &identity, 1);
	watch->wall_ns -= 11 * HOUR;
	attempt(watch, &identity, 2);
	assert_int_equal(totals_of(watch).today.attempts, 2);
	assert_int_equal(totals_of(watch).series[0], 1);
	assert_int_equal(totals_of(watch).newest_stretch, watch->wall_ns / SECOND / LEDGER_STRETCH_SECONDS);
	watch->wall_ns -= 72 * HOUR;
	attempt(watch, &identity, 3);
	assert_int_equal(totals_of(watch).today.attempts, 1);
}

static void test_any_time(void **state)
{
	static const uint64_t times[] = {1, UINT64_MAX, UINT64_MAX / 2, 0};
	struct tally tally = {.since_wall_ns = 0};
	const struct ledger_counts one = {.attempts = 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		tally_tick(&tally, times[i]);
		tally_add(&tally, &one, times[i]);
	}
	assert_int_equal(tally.all.attempts, ARRAY_SIZE(times));
	tally_clear(&tally);
}

static void test_series(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(1, 1042, 7);

	attempt(watch, &identity, 1);
	watch->wall_ns += 9 * SECOND;
	attempt(watch, &identity, 2);
	watch->wall_ns += 21 * SECOND;
	attempt(watch, &identity, 3);
	watch->wall_ns -= 10 * SECOND; /* late */
	attempt(watch, &identity, 4);
	const struct ledger_row *row = row_of(watch, LEDGER_BY_USER, "1042");
	assert_int_equal(row->newest_stretch, (MORNING / SECOND + 30) / LEDGER_STRETCH_SECONDS);
	static const uint32_t expected[LEDGER_RECENT] = {1, 1, 0, 2};
	assert_memory_equal(row->recent, expected, sizeof(expected));
	assert_memory_equal(totals_of(watch).series, expected, sizeof(expected));
	watch->wall_ns = MORNING + 70 * SECOND;
	attempt(watch, &identity, 5);
	static const uint32_t later[LEDGER_RECENT] = {1, 0, 0, 0, 1, 1, 0};
	assert_memory_equal(row->recent, later, sizeof(later));
	assert_int_equal(totals_of(watch).series[7], 2);
	watch->wall_ns += 24 * HOUR;
	observe(watch, counters_of(&identity, 1000));
	static const uint32_t next_day[LEDGER_RECENT] = {1000};
	assert_memory_equal(row->recent, next_day, sizeof(next_day));
	assert_int_equal(totals_of(watch).series[7], 0);
}

static void test_more_than_a_series_holds(void **state)
{
	uint32_t series[2] = {0};
	uint64_t newest = 0;

	(void)state;
	ledger_series_add(series, 2, &newest, MORNING, UINT32_MAX);
	ledger_series_add(series, 2, &newest, MORNING, 5);
	assert_int_equal(series[0], UINT32_MAX);
	ledger_series_add(series, 2, &newest, MORNING + 10 * SECOND, UINT64_MAX);
	assert_int_equal(series[0], UINT32_MAX);
	assert_int_equal(series[1], UINT32_MAX);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_a_day_begins_at_local_midnight),
		cmocka_unit_test(test_days_of_23_and_25_hours),
		TEST(test_a_clock_that_is_set_back),
		cmocka_unit_test(test_any_time),
		TEST(test_series),
		cmocka_unit_test(test_more_than_a_series_holds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
