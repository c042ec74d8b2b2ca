// SPDX-License-Identifier: GPL-2.0-only
#include "view/columns.h"

#include "pictures.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static bool has(const enum column *chosen, size_t count, enum column column)
{
	for (size_t i = 0; i < count; i++) {
		if (chosen[i] == column)
			return true;
	}
	return false;
}

/* All of the width is used, never more; what is shown in a width is shown in each greater one. */
static void test_every_width(void **state)
{
	(void)state;
	for (int by = 0; by < LEDGER_BY_COUNT; by++) {
		enum column before[COLUMN_COUNT];
		size_t before_count = 0;
		for (size_t width = 0; width <= 400; width++) {
			enum column chosen[COLUMN_COUNT];
			size_t widths[COLUMN_COUNT];
			size_t count = columns_choose((enum ledger_by)by, width, chosen, widths);
			size_t sum = count - 1;
			for (size_t i = 0; i < count; i++) {
				sum += widths[i];
				assert_true(i == 0 || chosen[i] > chosen[i - 1]);
				assert_true(chosen[i] != COLUMN_NAME || width < 20 || widths[i] >= 20);
			}
			assert_int_equal(sum, width);
			assert_true(has(chosen, count, COLUMN_NAME));
			for (size_t i = 0; i < before_count; i++)
				assert_true(has(chosen, count, before[i]));
			memcpy(before, chosen, sizeof(before));
			before_count = count;
		}
	}
}

static void check_shown(enum ledger_by by, size_t width, const char *expected)
{
	enum column chosen[COLUMN_COUNT];
	size_t widths[COLUMN_COUNT];
	char titles[512] = "";
	size_t count = columns_choose(by, width, chosen, widths);

	for (size_t i = 0; i < count; i++)
		snprintf(titles + strlen(titles), sizeof(titles) - strlen(titles), "%s%s", i ? " | " : "",
			 column_title(chosen[i], by));
	assert_string_equal(titles, expected);
}

static void test_what_is_shown(void **state)
{
	(void)state;
	check_shown(LEDGER_BY_SCRIPT, 40, "C/MIN | VERDICT | SCRIPT");
	check_shown(LEDGER_BY_SCRIPT, 80, "C/MIN | VERDICT | USER | SCRIPT | CONN | :25 | DEST | REF | LAST");
	check_shown(LEDGER_BY_USER, 80, "C/MIN | VERDICT | USER | CONN | :25 | FAIL | DEST | ACC | REF | LAST");
	check_shown(LEDGER_BY_DESTINATION, 80,
		    "C/MIN | VERDICT | USER | DESTINATION | CONN | :25 | USERS | REF | LAST");
	check_shown(
		LEDGER_BY_SCRIPT, 200,
		"C/MIN | VERDICT | USER | SCRIPT | CONN | :25 | :587 | OPEN | FAIL | DEST | ACC | REF | SUBM | FIRST | "
		"LAST | RULE | INCIDENT | PROCESS");
}

static void test_table(void **state)
{
	(void)state;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		const struct column_row *column = &columns[i];
		enum column found;
		assert_true((column->number != NULL) != (column->text != NULL));
		assert_true(strlen(column->title) <= column->width);
		assert_true(strlen(column->meaning) > 0);
		assert_int_equal(column_parse(column->name, &found), 0);
		assert_int_equal(found, i);
		assert_int_equal(column_parse(column->title, &found), 0);
		assert_int_equal(found, i);
		for (int other = 0; other < i; other++)
			assert_int_not_equal(column->weight, columns[other].weight);
	}
}

static void test_parse(void **state)
{
	enum column found = COLUMN_COUNT;

	(void)state;
	assert_int_equal(column_parse("c/min", &found), 0);
	assert_int_equal(found, COLUMN_RATE);
	assert_int_equal(column_parse("", &found), -EINVAL);
	assert_int_equal(column_parse("colour", &found), -EINVAL);
	assert_int_equal(found, COLUMN_RATE);
}

static void test_shortened_numbers(void **state)
{
	static const struct {
		uint64_t number;
		size_t width;
		const char *expected;
	} cases[] = {
		{0, 5, "0"},          {1234, 4, "1234"},      {99999, 5, "99999"},    {12345, 4, "12k"},
		{100000, 5, "100k"},  {999999, 5, "999k"},    {3456789, 5, "3.4M"},   {1000000, 4, "1.0M"},
		{12345678, 5, "12M"}, {999999999, 5, "999M"}, {UINT64_MAX, 5, "18E"}, {INT64_MAX, 4, "9.2E"},
	};
	char text[COLUMN_NUMBER_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(column_shorten(cases[i].number, cases[i].width, text), cases[i].expected);
	for (uint64_t number = 1; number < UINT64_MAX / 3; number = number * 3 + 1)
		assert_true(strlen(column_shorten(number, 4, text)) <= 4);
}

static void test_ages(void **state)
{
	static const struct {
		double age;
		const char *expected;
	} cases[] = {
		{-5, "0s"},    {0, "0s"},    {2.9, "2s"},      {99, "99s"},       {100, "1m"},
		{5999, "99m"}, {6000, "1h"}, {3 * 3600, "3h"}, {2 * 86400, "2d"}, {400 * 86400.0, "400d"},
	};
	char text[COLUMN_AGE_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(column_age(NOW - cases[i].age, NOW, text), cases[i].expected);
}

static void check_cell(const struct picture_row *row, enum column column, const char *expected)
{
	char text[COLUMN_TEXT_SIZE];

	column_write(column, row, NOW, columns[column].width, text);
	assert_string_equal(text, expected);
}

static void test_cells_of_a_row(void **state)
{
	_cleanup_(cleanup_picture_free) struct picture *picture = picture_new();
	char text[COLUMN_TEXT_SIZE];

	(void)state;
	assert_int_equal(tell(picture, "{'rows':{'by':'script','rows':[" ROW "]}}"), 0);
	const struct picture_row *row = picture_find(picture, 17);
	check_cell(row, COLUMN_RATE, "15");
	check_cell(row, COLUMN_VERDICT, "direct-to-MX");
	check_cell(row, COLUMN_USER, "shop42");
	check_cell(row, COLUMN_NAME, "shop42/x.php");
	column_write(COLUMN_NAME, row, NOW, strlen("/var/www/shop42/x.php"), text);
	assert_string_equal(text, "/var/www/shop42/x.php");
	check_cell(row, COLUMN_PORT_25, "118");
	check_cell(row, COLUMN_PORT_465, "-");
	check_cell(row, COLUMN_DESTINATIONS, "~23");
	check_cell(row, COLUMN_FIRST, "03:10");
	check_cell(row, COLUMN_LAST, "0s");
	check_cell(row, COLUMN_PROCESS, "php-fpm8.2[4121]");
	check_cell(row, COLUMN_INCIDENT, "j1wdvb");
	check_cell(row, COLUMN_REPLY, "550 5.7.1 blocked");
}

static void test_cells_of_a_flow(void **state)
{
	_cleanup_(cleanup_picture_free) struct picture *picture = picture_new();

	(void)state;
	assert_int_equal(tell(picture, "{'rows':{'by':'script','rows':[" ROW "]}}"), 0);
	picture_find(picture, 17)->is_expanded = true;
	assert_int_equal(tell(picture, "{'children':{'row':17,'flows':[" FLOW ",{'flow':1,'open':true}]}}"), 0);
	const struct picture_row *flow = picture_find(picture, 17)->children[0];
	check_cell(flow, COLUMN_VERDICT, "ECONNRESET");
	check_cell(flow, COLUMN_NAME, "203.0.113.25:25 mx.example.com 0.2s starttls");
	check_cell(flow, COLUMN_RATE, "");
	check_cell(flow, COLUMN_DESTINATIONS, "");
	check_cell(flow, COLUMN_ACCEPTED, "1");
	check_cell(flow, COLUMN_REPLY, "550");
	check_cell(picture_find(picture, 17)->children[1], COLUMN_VERDICT, "open");
}

static void test_names_for_people(void **state)
{
	struct picture_row row = {
		.by = LEDGER_BY_DESTINATION,
		.verdict = LEDGER_VERDICT_COUNT,
		.name = (char[]){"192.0.2.1"},
		.domain = (char[]){"mx.example"},
		.script = (char[]){"/srv/a.php"},
		.site = (char[]){"a.example"},
	};

	(void)state;
	check_cell(&row, COLUMN_NAME, "192.0.2.1 mx.example");
	check_cell(&row, COLUMN_VERDICT, "not known");
	check_cell(&row, COLUMN_FIRST, "");
	check_cell(&row, COLUMN_LAST, "");
	row.by = LEDGER_BY_SCRIPT;
	check_cell(&row, COLUMN_NAME, "192.0.2.1 (a.example)");
	row.name = (char[]){"/srv/a.example/a.php"};
	check_cell(&row, COLUMN_NAME, "/srv/a.example/a.php");
	row.by = LEDGER_BY_PROCESS;
	row.name = (char[]){"php[7]"};
	check_cell(&row, COLUMN_NAME, "php[7] /srv/a.php");
	row.first = NOW - 86400;
	check_cell(&row, COLUMN_FIRST, "21Nov");
	row.first = NOW - 400 * 86400.0;
	check_cell(&row, COLUMN_FIRST, "Oct'25");
}

/* A text that is longer than a cell ever is, is cut and nothing more. */
static void test_long_texts(void **state)
{
	char name[PICTURE_TEXT_MAX + 1];
	struct picture_row row = {
		.by = LEDGER_BY_PROCESS, .name = name, .script = name, .process = name, .user = name, .pid = 4711};
	char text[COLUMN_TEXT_SIZE];

	(void)state;
	memset(name, 'x', PICTURE_TEXT_MAX);
	name[PICTURE_TEXT_MAX] = '\0';
	for (int column = 0; column < COLUMN_COUNT; column++) {
		column_write((enum column)column, &row, NOW, SIZE_MAX, text);
		assert_true(strlen(text) < COLUMN_TEXT_SIZE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_what_is_shown),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_shortened_numbers),
		cmocka_unit_test(test_ages),
		cmocka_unit_test(test_cells_of_a_row),
		cmocka_unit_test(test_cells_of_a_flow),
		cmocka_unit_test(test_names_for_people),
		cmocka_unit_test(test_long_texts),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
