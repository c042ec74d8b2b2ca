// SPDX-License-Identifier: GPL-2.0-only
#include "view/cells.h"

#include "support/test.h"

#include <locale.h>

#define MARK "\u0301"
#define MARKS_8 MARK MARK MARK MARK MARK MARK MARK MARK

static void check_fit(const char *text, size_t width, struct cells_form form, const char *expected, size_t cells)
{
	char target[256];

	assert_int_equal(cells_fit(target, sizeof(target), text, width, &form), cells);
	assert_string_equal(target, expected);
}

static void test_what_fits_stays(void **state)
{
	const struct cells_form form = {0};

	(void)state;
	check_fit("shop42", 10, form, "shop42", 6);
	check_fit("shop42", 6, form, "shop42", 6);
	check_fit("", 4, form, "", 0);
	check_fit(NULL, 4, form, "", 0);
	check_fit("shop42", 0, form, "", 0);
	check_fit("größe", 5, form, "größe", 5);
	check_fit("日本", 4, form, "日本", 4);
	check_fit("e" MARK "!", 2, form, "e" MARK "!", 2);
}

static void test_cut(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		enum cells_cut cut;
		const char *expected;
	} cases[] = {
		{"/var/www/shop42/x.php", 12, CELLS_CUT_END, "/var/www/sh~"},
		{"/var/www/shop42/x.php", 11, CELLS_CUT_MIDDLE, "/var~/x.php"},
		{"/var/www/shop42/x.php", 6, CELLS_CUT_START, "~x.php"},
		{"/var/www/shop42/x.php", 1, CELLS_CUT_END, "~"},
		{"/var/www/shop42/x.php", 1, CELLS_CUT_MIDDLE, "~"},
		{"/var/www/shop42/x.php", 1, CELLS_CUT_START, "~"},
		{"/var/www/shop42/x.php", 2, CELLS_CUT_MIDDLE, "~p"},
		{"abc", 2, CELLS_CUT_END, "a~"},
		{"e" MARK "e" MARK "e" MARK, 2, CELLS_CUT_END, "e" MARK "~"},
		{"e" MARK "e" MARK "e" MARK, 2, CELLS_CUT_START, "~e" MARK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_fit(cases[i].text, cases[i].width, (struct cells_form){.cut = cases[i].cut}, cases[i].expected,
			  cases[i].width);
}

/* Half of a wide character is none: the cell stays empty. */
static void test_wide_characters_are_never_halved(void **state)
{
	(void)state;
	check_fit("日本語", 5, (struct cells_form){0}, "日本~", 5);
	check_fit("日本語", 4, (struct cells_form){0}, "日~", 3);
	check_fit("日本語", 4, (struct cells_form){.is_padded = true}, "日~ ", 4);
	check_fit("日本語", 4, (struct cells_form){.cut = CELLS_CUT_START}, "~語", 3);
	check_fit("日本語日本語", 8, (struct cells_form){.cut = CELLS_CUT_MIDDLE}, "日~本語", 7);
	check_fit("日", 1, (struct cells_form){.is_padded = true}, "~", 1);
	check_fit("\U0001F600\U0001F4A9", 4, (struct cells_form){0}, "\U0001F600\U0001F4A9", 4);
	check_fit("\U0001F600\U0001F4A9", 3, (struct cells_form){0}, "\U0001F600~", 3);
}

static void test_padding(void **state)
{
	(void)state;
	check_fit("12", 5, (struct cells_form){.is_padded = true}, "12   ", 5);
	check_fit("12", 5, (struct cells_form){.is_padded = true, .is_right = true}, "   12", 5);
	check_fit("日", 5, (struct cells_form){.is_padded = true, .is_right = true}, "   日", 5);
	check_fit(NULL, 3, (struct cells_form){.is_padded = true}, "   ", 3);
	check_fit("123456", 3, (struct cells_form){.is_padded = true, .is_right = true}, "12~", 3);
}

/* What a terminal obeys, or what hides or turns text around. */
static void test_hostile_text(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} cases[] = {
		{"\033[31mred\033[0m", "?[31mred?[0m"},
		{"\033]0;title\007", "?]0;title?"},
		{"a\nb\tc\rd\177", "a?b?c?d?"},
		{"\xc2\x9b"
		 "31m",
		 "?31m"},
		{"x.php\u202e\u2066gpj", "x.php??gpj"},
		{"a\u200b\u200d\u200eb\u00adc\ufe0f", "a???b?c?"},
		{"\xff\xfe", "??"},
		{"\xc3", "?"},
		{"a\xe2\x82", "a??"},
		{"\xed\xa0\x80", "???"},
		{"\xc0\xaf", "??"},
		{MARK "a", "?a"},
		{"a" MARKS_8 "b", "a" MARK MARK "b"},
		{"\u2028\ufeff", "??"},
		{"\U000e0041", "?"},
		{"\u05d0\u05d1", "\u05d0\u05d1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_fit(cases[i].text, 40, (struct cells_form){0}, cases[i].expected,
			  cells_width(cases[i].text, false));
}

static void test_ascii(void **state)
{
	const struct cells_form form = {.is_ascii = true};

	(void)state;
	check_fit("größe", 5, form, "gr??e", 5);
	check_fit("日本", 4, form, "??", 2);
	check_fit("e" MARKS_8 "!", 4, form, "e!", 2);
	check_fit("日本語", 2, form, "?~", 2);
	assert_int_equal(cells_width("日本", true), 2);
	assert_int_equal(cells_width("日本", false), 4);
}

/* Too little room loses the end, never half of a character. */
static void test_little_room(void **state)
{
	const struct cells_form form = {.is_padded = true};
	char target[8];

	(void)state;
	assert_int_equal(cells_fit(target, 1, "abc", 3, &form), 0);
	assert_string_equal(target, "");
	assert_int_equal(cells_fit(target, 3, "a日b", 4, &form), 1);
	assert_string_equal(target, "a");
	assert_int_equal(cells_fit(target, sizeof(target), "abcdefghij", 10, &form), 7);
	assert_string_equal(target, "abcdefg");
}

/* The size that the header says is enough, is. */
static void test_size_for_a_width(void **state)
{
	const struct cells_form form = {.is_padded = true};
	char text[4096] = "";
	char target[CELLS_SIZE(20)];

	(void)state;
	for (int i = 0; i < 20; i++)
		strcat(text, "\U00011083\U000110ba\U000110b9\U000110ba"); /* a letter and marks of four bytes each */
	assert_int_equal(cells_fit(target, sizeof(target), text, 20, &form), 20);
	assert_int_equal(strlen(target), 20 * 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_fits_stays),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_wide_characters_are_never_halved),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_little_room),
		cmocka_unit_test(test_size_for_a_width),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}
