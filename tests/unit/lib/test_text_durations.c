// SPDX-License-Identifier: GPL-2.0-only
#include "lib/text.h"

#include "support/test.h"

#include <errno.h>

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
		const char *written;
	} good[] = {
		{"0", 0, "0s"},       {"1", 1, "1s"},         {"90", 90, "90s"},       {"90s", 90, "90s"},
		{"60s", 60, "1m"},    {"5m", 300, "5m"},      {"120m", 7200, "2h"},    {"1h", 3600, "1h"},
		{"24h", 86400, "1d"}, {"36h", 129600, "36h"}, {"30d", 2592000, "30d"},
	};
	static const char *const bad[] = {
		"", "m", "5 m", "5M", "-5m", "1.5h", "5min", " 5m", "00000000000000000000000000000000001"};
	uint64_t seconds = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		char text[TEXT_DURATION_SIZE];

		assert_int_equal(text_parse_duration(good[i].text, 0, UINT64_MAX, &seconds), 0);
		assert_int_equal(seconds, good[i].seconds);
		assert_string_equal(text_format_duration(seconds, text), good[i].written);
	}
	seconds = 7;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(text_parse_duration(bad[i], 0, UINT64_MAX, &seconds), -EINVAL);
	assert_int_equal(text_parse_duration("59s", 60, 3600, &seconds), -ERANGE);
	assert_int_equal(text_parse_duration("61m", 60, 3600, &seconds), -ERANGE);
	assert_int_equal(text_parse_duration("213503982334602d", 0, UINT64_MAX, &seconds), -ERANGE); /* 2^64 s */
	assert_int_equal(seconds, 7);
	assert_int_equal(text_parse_duration("1h", 60, 3600, &seconds), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("text_durations", tests, NULL, NULL);
}
