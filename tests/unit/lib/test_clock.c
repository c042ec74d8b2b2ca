// SPDX-License-Identifier: GPL-2.0-only
#include "lib/clock.h"

#include "support/test.h"

#include <stdlib.h>
#include <time.h>

#define MILLISECOND 1000000ULL
#define SECOND NANOSECONDS_A_SECOND

static void test_utc(void **state)
{
	static const struct {
		uint64_t wall_ns;
		const char *expected;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{MILLISECOND - 1, "1970-01-01T00:00:00.000Z"},
		{MILLISECOND, "1970-01-01T00:00:00.001Z"},
		{999999999, "1970-01-01T00:00:00.999Z"},
		{951782400 * SECOND, "2000-02-29T00:00:00.000Z"},
		{1795317124 * SECOND + 123456789, "2026-11-22T03:12:04.123Z"},
		{2147483648 * SECOND + 7 * MILLISECOND, "2038-01-19T03:14:08.007Z"},
	};
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_ptr_equal(clock_format_utc(cases[i].wall_ns, text), text);
		assert_string_equal(text, cases[i].expected);
	}
}

static void set_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void test_local(void **state)
{
	const uint64_t wall_ns = 1795317124 * SECOND + 123456789;
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	set_zone("UTC");
	assert_ptr_equal(clock_format_local(wall_ns, text), text);
	assert_string_equal(text, "03:12:04.123");
	set_zone("IST-5:30");
	assert_string_equal(clock_format_local(wall_ns, text), "08:42:04.123");
	assert_string_equal(clock_format_utc(wall_ns, text), "2026-11-22T03:12:04.123Z");
	set_zone("UTC");
	assert_string_equal(clock_format_local(5 * MILLISECOND, text), "00:00:00.005");
}

static void test_duration(void **state)
{
	static const struct {
		uint64_t duration_ns;
		const char *expected;
	} cases[] = {
		{0, "0us"},
		{999, "0us"},
		{1000, "1us"},
		{999999, "999us"},
		{MILLISECOND, "1ms"},
		{57 * MILLISECOND, "57ms"},
		{SECOND - 1, "999ms"},
		{SECOND, "1.0s"},
		{12 * SECOND + 399 * MILLISECOND, "12.3s"},
		{60 * SECOND - 1, "59.9s"},
		{60 * SECOND, "1m0s"},
		{250 * SECOND, "4m10s"},
		{86400 * SECOND, "1440m0s"},
		{UINT64_MAX, "307445734m33s"},
	};
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_ptr_equal(clock_format_duration(cases[i].duration_ns, text), text);
		assert_string_equal(text, cases[i].expected);
	}
}

static uint64_t system_clock(clockid_t clock)
{
	struct timespec now;

	assert_int_equal(clock_gettime(clock, &now), 0);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static void test_clocks(void **state)
{
	uint64_t boot = system_clock(CLOCK_BOOTTIME);
	uint64_t wall = system_clock(CLOCK_REALTIME);

	(void)state;
	assert_in_range(clock_boot_ns(), boot, boot + 60 * SECOND);
	assert_in_range(clock_wall_ns(), wall, wall + 60 * SECOND);
}

/* An instant before and one after now lie as far from now on both clocks. */
static void test_wall_of_boot(void **state)
{
	uint64_t boot = system_clock(CLOCK_BOOTTIME);
	uint64_t wall = system_clock(CLOCK_REALTIME);
	const uint64_t slack = 60 * SECOND;

	(void)state;
	assert_in_range(clock_wall_of_boot(boot), wall - slack, wall + slack);
	assert_in_range(clock_wall_of_boot(boot + 3600 * SECOND), wall + 3600 * SECOND - slack,
			wall + 3600 * SECOND + slack);
	assert_in_range(clock_wall_of_boot(0), wall - boot - slack, wall - boot + slack);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utc),    cmocka_unit_test(test_local),        cmocka_unit_test(test_duration),
		cmocka_unit_test(test_clocks), cmocka_unit_test(test_wall_of_boot),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
