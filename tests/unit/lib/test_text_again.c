// SPDX-License-Identifier: GPL-2.0-only
/* Text that should be escaped already: it stays as it is, and whoever did not escape it does not get through. */
#include "lib/text.h"
#include "support/test.h"

static void test_again(void **state)
{
	static const char *const samples[][2] = {
		{"shop42", "shop42"},
		{"\\x1b\\\\\\u{202e}", "\\x1b\\\\\\u{202e}"},
		{"gr\303\266\303\237e \"x\"", "gr\303\266\303\237e \"x\""},
		{"\033[2J\n\177", "\\x1b[2J\\x0a\\x7f"},
		{"\302\233\342\200\256\377", "\\u{9b}\\u{202e}\\xff"},
		{"", ""},
	};
	char target[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		size_t length = text_escape_again(target, sizeof(target), samples[i][0], strlen(samples[i][0]));
		assert_string_equal(target, samples[i][1]);
		assert_int_equal(length, strlen(target));
	}
}

static void test_cut(void **state)
{
	char target[6];

	(void)state;
	assert_int_equal(text_escape_again(target, sizeof(target), "abc\033", 4), 3);
	assert_string_equal(target, "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("text_again", tests, NULL, NULL);
}
