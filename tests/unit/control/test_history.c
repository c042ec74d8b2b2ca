// SPDX-License-Identifier: GPL-2.0-only
#include "control/history.h"

#include "support/test.h"

#include <errno.h>
#include <stdlib.h>

static void add(struct history *history, size_t count)
{
	char text[32];

	while (count-- > 0) {
		snprintf(text, sizeof(text), "{\"line\":%llu}", (unsigned long long)history->newest_number + 1);
		history_add(history, "", text);
	}
}

static void lines_are_read_on_behind_a_number(void **state)
{
	struct history history = {.max_bytes = 4096};

	(void)state;
	assert_null(history_after(&history, 0));
	add(&history, 3);
	assert_string_equal(history_after(&history, 0)->text, "{\"line\":1}");
	assert_string_equal(history_after(&history, 1)->text, "{\"line\":2}");
	assert_string_equal(history_after(&history, 1)->newer->text, "{\"line\":3}");
	assert_null(history_after(&history, 3));
	history_skip(&history);
	assert_null(history_after(&history, 3));
	add(&history, 1);
	assert_int_equal(history_after(&history, 3)->number, 5);
	history_clear(&history);
}

static void the_newest_are_kept_within_the_bytes(void **state)
{
	struct history history = {.max_bytes = 1000};
	size_t count = 0, bytes = 0;

	(void)state;
	add(&history, 500);
	for (const struct history_line *line = history.oldest; line; line = line->newer) {
		assert_int_equal(line->older ? line->older->number + 1 : line->number, line->number);
		bytes += line->size;
		count++;
	}
	assert_true(count > 5 && bytes < 1000 && history.bytes <= 1000);
	assert_int_equal(history.newest->number, 500);
	assert_int_equal(history.oldest->number, 501 - count);
	history_clear(&history);
	assert_int_equal(history.bytes, 0);
	assert_null(history.newest);
}

static void a_line_that_has_no_room_at_all_only_counts(void **state)
{
	struct history history = {.max_bytes = 200};
	char text[256];

	(void)state;
	add(&history, 1);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	history_add(&history, "", text);
	assert_int_equal(history.newest_number, 2);
	assert_int_equal(history.newest->number, 1);
	history_clear(&history);
}

static void the_last_ones_lie_behind_a_number(void **state)
{
	struct history history = {.max_bytes = 4096};

	(void)state;
	assert_int_equal(history_before_last(&history, 5), 0);
	add(&history, 5);
	history_skip(&history);
	assert_int_equal(history_before_last(&history, 0), 6);
	assert_int_equal(history_before_last(&history, 1), 4);
	assert_int_equal(history_before_last(&history, 5), 0);
	assert_int_equal(history_before_last(&history, 1000), 0);
	history_clear(&history);
}

static void an_incident_is_found_by_the_beginning_of_its_id(void **state)
{
	struct history history = {.max_bytes = 4096};
	const char *candidates[HISTORY_CANDIDATES_MAX + 1];
	char id[ALERT_INCIDENT_ID_SIZE];

	(void)state;
	history_add(&history, "j1wdvb", "{}");
	history_add(&history, "", "{}");
	history_add(&history, "j1xxxx", "{}");
	history_add(&history, "j1wdvb", "{}");
	history_add(&history, "k00000", "{}");
	assert_int_equal(history_find_incident(&history, "J1W", id, candidates), 0);
	assert_string_equal(id, "j1wdvb");
	assert_int_equal(history_find_incident(&history, "k00000", id, candidates), 0);
	assert_string_equal(id, "k00000");
	assert_int_equal(history_find_incident(&history, "z", id, candidates), -ENOENT);
	assert_int_equal(history_find_incident(&history, "j1wdvb0", id, candidates), -ENOENT);
	assert_int_equal(history_find_incident(&history, "j1", id, candidates), -ENOTUNIQ);
	assert_string_equal(candidates[0], "j1wdvb");
	assert_string_equal(candidates[1], "j1xxxx");
	assert_null(candidates[2]);
	history_clear(&history);
}

static void of_many_candidates_some_are_named(void **state)
{
	struct history history = {.max_bytes = 4096};
	const char *candidates[HISTORY_CANDIDATES_MAX + 1];
	char id[ALERT_INCIDENT_ID_SIZE];

	(void)state;
	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), "aaaa%02d", i);
		history_add(&history, id, "{}");
	}
	assert_int_equal(history_find_incident(&history, "a", id, candidates), -ENOTUNIQ);
	assert_string_equal(candidates[HISTORY_CANDIDATES_MAX - 1], "aaaa15");
	assert_null(candidates[HISTORY_CANDIDATES_MAX]);
	history_clear(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_on_behind_a_number),
		cmocka_unit_test(the_newest_are_kept_within_the_bytes),
		cmocka_unit_test(a_line_that_has_no_room_at_all_only_counts),
		cmocka_unit_test(the_last_ones_lie_behind_a_number),
		cmocka_unit_test(an_incident_is_found_by_the_beginning_of_its_id),
		cmocka_unit_test(of_many_candidates_some_are_named),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
