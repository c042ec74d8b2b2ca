// SPDX-License-Identifier: GPL-2.0-only
/* What a command of the configuration is taken apart into. */
#include "lib/argv.h"
#include "lib/cleanup.h"
#include "support/test.h"

#include <errno.h>

static const struct {
	const char *text;
	const char *words; /* each behind a '|' */
} good[] = {
	{"/x", "|/x"},
	{"  /x \t y  ", "|/x|y"},
	{"/x \"a b\" 'c d'", "|/x|a b|c d"},
	{"/x a\"b c\"d", "|/x|ab cd"},
	{"/x '' \"\"", "|/x||"},
	{"/x a\\ b \\\"c\\' \\\\", "|/x|a b|\"c'|\\"},
	{"/x \"a\\\"b\" 'a\\b' \"it's\"", "|/x|a\"b|a\\b|it's"},
	{"/x $HOME `id` * ~ > y | z & \\n", "|/x|$HOME|`id`|*|~|>|y|||z|&|n"},
	{"'/a b/x'", "|/a b/x"},
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		_cleanup_free_ char **argv = NULL;
		char words[128] = "";
		const char *reason;

		assert_int_equal(argv_split(good[i].text, &argv, &reason), 0);
		for (char **word = argv; *word; word++) {
			strcat(words, "|");
			strcat(words, *word);
		}
		assert_string_equal(words, good[i].words);
	}
}

static void test_bad(void **state)
{
	static const char *const texts[] = {"",      "  ",     "x",      "'' /x",    "\\",
					    "/x 'a", "/x \"a", "/x a\\", "/x \"a\\", "./x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *reason = NULL;
		char **argv = NULL;

		assert_int_equal(argv_split(texts[i], &argv, &reason), -EINVAL);
		assert_non_null(reason);
		assert_null(argv);
	}
}

static void test_many_words(void **state)
{
	char text[4 * ARGV_MAX] = "/x";
	const char *reason = NULL;
	char **argv = NULL;

	(void)state;
	for (int i = 1; i < ARGV_MAX; i++)
		strcat(text, " y");
	assert_int_equal(argv_split(text, &argv, &reason), 0);
	assert_string_equal(argv[ARGV_MAX - 1], "y");
	assert_null(argv[ARGV_MAX]);
	free(argv);
	argv = NULL;
	strcat(text, " z");
	assert_int_equal(argv_split(text, &argv, &reason), -EINVAL);
	assert_null(argv);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_many_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("argv", tests, NULL, NULL);
}
