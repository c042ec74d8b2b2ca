// SPDX-License-Identifier: GPL-2.0-only
#include "view/wrapped.h"

#include "support/test.h"

#include <locale.h>
#include <stdlib.h>

static void assert_lines(const char *text, size_t width, const char *const *expected)
{
	struct wrapped wrapped = {0};
	char line[256];
	size_t i;

	wrapped_set(&wrapped, strdup(text));
	assert_int_equal(wrapped_make(&wrapped, width, false), 0);
	for (i = 0; expected[i]; i++) {
		assert_true(i < wrapped.count);
		wrapped_copy(&wrapped, i, line, sizeof(line));
		assert_string_equal(line, expected[i]);
	}
	assert_int_equal(wrapped.count, i);
	wrapped_release(&wrapped);
}

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_lines_that_fit_stay(void **state)
{
	(void)state;
	assert_lines("one\n\n  three\n", 20, LINES("one", "", "  three"));
	assert_lines("no newline", 10, LINES("no newline"));
	assert_lines("", 10, (const char *const[]){NULL});
}

static void test_a_long_line_goes_on_behind_a_blank(void **state)
{
	(void)state;
	assert_lines("one two three", 9, LINES("one two ", "three"));
	assert_lines("onetwothreefour", 6, LINES("onetwo", "threef", "our"));
}

static void test_a_long_line_goes_on_under_its_second_column(void **state)
{
	(void)state;
	assert_lines("name   a value of words", 20, LINES("name   a value of ", "       words"));
	assert_lines("  k  abcdefghijklmnop", 14, LINES("  k  abcdefghi", "     jklmnop"));
}

static void test_what_takes_two_cells_is_not_cut_in_two(void **state)
{
	(void)state;
	assert_lines("\u8acb\u652f\u6255", 5, LINES("\u8acb\u652f", "\u6255"));
	assert_lines("a\u0308b\u0308c", 2, LINES("a\u0308b\u0308", "c"));
	assert_lines("\u8acb\u652f", 1, LINES("\u8acb", "\u652f"));
}

static void test_another_width_makes_other_lines(void **state)
{
	struct wrapped wrapped = {0};

	(void)state;
	wrapped_set(&wrapped, strdup("abcdefgh"));
	assert_int_equal(wrapped_make(&wrapped, 4, true), 0);
	assert_int_equal(wrapped.count, 2);
	assert_int_equal(wrapped_make(&wrapped, 2, true), 0);
	assert_int_equal(wrapped.count, 4);
	wrapped_set(&wrapped, strdup("x"));
	assert_int_equal(wrapped_make(&wrapped, 2, true), 0);
	assert_int_equal(wrapped.count, 1);
	wrapped_release(&wrapped);
}

static void test_lines_are_bounded(void **state)
{
	struct wrapped wrapped = {0};
	char *text = malloc(WRAPPED_LINES_MAX + 100);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', WRAPPED_LINES_MAX + 99);
	text[WRAPPED_LINES_MAX + 99] = '\0';
	wrapped_set(&wrapped, text);
	assert_int_equal(wrapped_make(&wrapped, 10, true), 0);
	assert_int_equal(wrapped.count, WRAPPED_LINES_MAX);
	wrapped_release(&wrapped);
}

static void test_any_bytes_are_wrapped(void **state)
{
	struct wrapped wrapped = {0};
	char *text = strdup("\xff\xfe\x80\x80\x80\x80\x80\xe8\xab\x1b[2J");

	(void)state;
	wrapped_set(&wrapped, text);
	for (size_t width = 1; width < 20; width++) {
		size_t bytes = 0;
		assert_int_equal(wrapped_make(&wrapped, width, false), 0);
		for (size_t i = 0; i < wrapped.count; i++)
			bytes += wrapped.lines[i].length;
		assert_int_equal(bytes, strlen(text));
	}
	wrapped_release(&wrapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_fit_stay),
		cmocka_unit_test(test_a_long_line_goes_on_behind_a_blank),
		cmocka_unit_test(test_a_long_line_goes_on_under_its_second_column),
		cmocka_unit_test(test_what_takes_two_cells_is_not_cut_in_two),
		cmocka_unit_test(test_another_width_makes_other_lines),
		cmocka_unit_test(test_lines_are_bounded),
		cmocka_unit_test(test_any_bytes_are_wrapped),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
