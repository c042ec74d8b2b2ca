// SPDX-License-Identifier: GPL-2.0-only
#include "signals/since.h"

#include "support/host_time.h"
#include "support/observations.h"
#include "support/test.h"

#include <stdlib.h>
#include <time.h>

static void test_since(void **state)
{
	static const struct {
		const char *zone;
		uint64_t age_ns;
		const char *text;
	} cases[] = {
		{"UTC", 0, "03:12"},
		{"UTC", DAY - 1, "03:12"},
		{"UTC", DAY, "2026-11-22 03:12"},
		{"UTC", 400 * DAY, "2026-11-22 03:12"},
		{"IST-05:30", 0, "08:42"},
		{"AST+04", 2 * DAY, "2026-11-21 23:12"},
	};
	char text[SINCE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setenv("TZ", cases[i].zone, 1);
		tzset();
		assert_string_equal(since_format(START_WALL, START_WALL + cases[i].age_ns, text), cases[i].text);
	}
	setenv("TZ", "UTC", 1);
	tzset();
	/* The clock was set back. */
	assert_string_equal(since_format(START_WALL, START_WALL - HOUR, text), "03:12");
	/* A year without a place for it. */
	assert_string_equal(since_format(UINT64_MAX, 0, text), "23:34");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_since)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("since", tests, NULL, NULL);
}
