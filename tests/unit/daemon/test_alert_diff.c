// SPDX-License-Identifier: GPL-2.0-only
/* What two lists of alerts differ in. */
#include "daemon/alert_diff.h"
#include "support/test.h"

#define SECOND 1000000000ULL
#define START (1795317124 * SECOND)

static void add(struct alert_diff *diff, enum alert_diff_side side, const char *rule, const char *key, uint64_t second,
		enum alert_severity severity, uint64_t count)
{
	const struct alert_diff_line line = {rule, key, START + second * SECOND, severity, count};

	assert_int_equal(alert_diff_add(diff, side, &line), 0);
}

static void assert_totals(struct alert_diff_totals totals, size_t added, size_t removed, size_t changed, size_t same)
{
	assert_int_equal(totals.added, added);
	assert_int_equal(totals.removed, removed);
	assert_int_equal(totals.changed, changed);
	assert_int_equal(totals.same, same);
	assert_false(totals.is_cut);
}

/* What it prints, and frees the list. */
static struct alert_diff_totals print(struct alert_diff *diff, char text[4096])
{
	FILE *stream = fmemopen(text, 4096, "w");

	assert_non_null(stream);
	struct alert_diff_totals totals = alert_diff_print(diff, stream);
	fclose(stream);
	alert_diff_free(diff);
	return totals;
}

static void test_nothing(void **state)
{
	char text[4096];

	(void)state;
	assert_totals(print(alert_diff_new(), text), 0, 0, 0, 0);
	assert_string_equal(text, "0 would be raised, 0 would no longer be, 0 changed, 0 are the same\n");
	alert_diff_free(NULL);
}

static void test_all_kinds(void **state)
{
	struct alert_diff *diff = alert_diff_new();
	char text[4096];

	(void)state;
	add(diff, ALERT_DIFF_OLD, "gone", "uid=1", 3, ALERT_SEVERITY_HIGH, 1);
	add(diff, ALERT_DIFF_OLD, "same", "uid=1", 2, ALERT_SEVERITY_HIGH, 1);
	add(diff, ALERT_DIFF_OLD, "same", "uid=1", 2, ALERT_SEVERITY_WARNING, 4);
	add(diff, ALERT_DIFF_OLD, "louder", "uid=1", 1, ALERT_SEVERITY_HIGH, 3);
	add(diff, ALERT_DIFF_NEW, "louder", "uid=1", 1, ALERT_SEVERITY_HIGH, 3);
	add(diff, ALERT_DIFF_NEW, "louder", "uid=1", 1, ALERT_SEVERITY_CRITICAL, 5);
	add(diff, ALERT_DIFF_NEW, "same", "uid=1", 2, ALERT_SEVERITY_HIGH, 4);
	add(diff, ALERT_DIFF_NEW, "same", "uid=2", 4, ALERT_SEVERITY_INFO, 7);
	assert_totals(print(diff, text), 1, 1, 1, 1);
	assert_string_equal(text, "~ changed: rule=louder uid=1: severity high -> critical, count 3 -> 5\n"
				  "- would no longer be raised: rule=gone severity=high uid=1 count=1 "
				  "since=2026-11-22T03:12:07.000Z\n"
				  "+ would be raised: rule=same severity=info uid=2 count=7 "
				  "since=2026-11-22T03:12:08.000Z\n"
				  "1 would be raised, 1 would no longer be, 1 changed, 1 are the same\n");
}

/* An incident that is raised later, and those of one key that come again. */
static void test_starts(void **state)
{
	struct alert_diff *diff = alert_diff_new();
	char text[4096];

	(void)state;
	add(diff, ALERT_DIFF_OLD, "r", "k", 1, ALERT_SEVERITY_HIGH, 9);
	add(diff, ALERT_DIFF_OLD, "r", "k", 100, ALERT_SEVERITY_HIGH, 2);
	add(diff, ALERT_DIFF_OLD, "r", "k", 200, ALERT_SEVERITY_HIGH, 3);
	add(diff, ALERT_DIFF_NEW, "r", "k", 5, ALERT_SEVERITY_HIGH, 9);
	add(diff, ALERT_DIFF_NEW, "r", "k", 100, ALERT_SEVERITY_HIGH, 2);
	assert_totals(print(diff, text), 0, 1, 1, 1);
	assert_non_null(
		strstr(text, "~ changed: rule=r k: since 2026-11-22T03:12:05.000Z -> 2026-11-22T03:12:09.000Z\n"));
	assert_non_null(strstr(text, "- would no longer be raised: rule=r severity=high k count=3 "));
}

static void test_one_side(void **state)
{
	struct alert_diff *diff = alert_diff_new();
	char key[16];
	char text[4096];

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "uid=%u", i % 500);
		add(diff, ALERT_DIFF_NEW, "r", key, i % 500, ALERT_SEVERITY_INFO, i);
	}
	assert_totals(print(diff, text), 500, 0, 0, 0);
}

static void test_too_many(void **state)
{
	struct alert_diff *diff = alert_diff_new();
	char text[4096] = "";

	(void)state;
	for (unsigned int i = 0; i <= ALERT_DIFF_MAX; i++)
		add(diff, ALERT_DIFF_OLD, "r", "k", i, ALERT_SEVERITY_INFO, 1);
	for (unsigned int i = 0; i < ALERT_DIFF_MAX; i++)
		add(diff, ALERT_DIFF_NEW, "r", "k", i, ALERT_SEVERITY_INFO, 1);
	struct alert_diff_totals totals = print(diff, text);
	assert_int_equal(totals.same, ALERT_DIFF_MAX);
	assert_true(totals.is_cut);
	assert_non_null(strstr(text, "this is not all"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),  cmocka_unit_test(test_all_kinds), cmocka_unit_test(test_starts),
		cmocka_unit_test(test_one_side), cmocka_unit_test(test_too_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
