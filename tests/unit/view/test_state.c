// SPDX-License-Identifier: GPL-2.0-only
/* What keys and messages do to what is shown. Nobody is connected: what is asked for goes nowhere. */
#include "view/state.h"

#include "support/test.h"

#include <locale.h>

struct fixture {
	struct state state;
};

static void take(struct state *state, const char *text)
{
	json_t *message = json_loads(text, 0, NULL);

	assert_non_null(message);
	state_take(state, message);
	json_decref(message);
	state_settle(state);
}

/* Rows 1 to `count`, with as many attempts as their number times `factor` says. */
static void take_rows(struct state *state, int count, int factor)
{
	char text[256];

	for (int i = 1; i <= count; i++) {
		snprintf(text, sizeof(text),
			 "{\"rows\":{\"by\":\"script\",\"revision\":1,\"oldest\":0,\"more\":%s,\"rows\":[{\"row\":%d,"
			 "\"revision\":1,\"by\":\"script\",\"verdict\":\"application\",\"name\":\"/site%d.php\","
			 "\"counts\":{\"attempts\":%d}}]}}",
			 i < count ? "true" : "false", i, i, 1000 + factor * i);
		take(state, text);
	}
}

static int begin(void **data)
{
	static const struct view_options options = {.socket = "/nowhere",
						    .interval = 1,
						    .by = LEDGER_BY_SCRIPT,
						    .sort = COLUMN_ATTEMPTS,
						    .is_sorted = true};
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*data = fixture;
	if (!fixture || state_begin(&fixture->state, &options) < 0)
		return -1;
	fixture->state.page = 5;
	take_rows(&fixture->state, 20, 1);
	return 0;
}

static int end(void **data)
{
	struct fixture *fixture = *data;

	state_release(&fixture->state);
	free(fixture);
	return 0;
}

static void type(struct state *state, const char *text)
{
	for (; *text; text++)
		state_act(state, *text);
	state_settle(state);
}

static void test_the_cursor_stays_in_bounds(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	assert_int_equal(state->listing.count, 20);
	type(state, "k");
	assert_int_equal(state->cursor, 0);
	type(state, "jjjjjj");
	assert_int_equal(state->cursor, 6);
	assert_int_equal(state->top, 2);
	type(state, "Gj");
	assert_int_equal(state->cursor, 19);
	assert_int_equal(state->top, 15);
	type(state, "g");
	assert_int_equal(state->top, 0);
}

static void test_without_following_the_cursor_stays_where_it_is(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "j");
	assert_int_equal(state_selected(state)->number, 19);
	take_rows(state, 20, -1);
	assert_int_equal(state->cursor, 1);
	assert_int_equal(state_selected(state)->number, 2);
}

static void test_following_the_cursor_stays_with_its_row(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "jF");
	take_rows(state, 20, -1);
	assert_int_equal(state_selected(state)->number, 19);
	assert_int_equal(state->cursor, 18);
}

/* What comes between drawing and the key must not put another row under it. */
static void test_a_key_means_the_row_that_was_drawn(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;
	json_t *message = json_loads("{\"rows\":{\"by\":\"script\",\"revision\":2,\"oldest\":0,\"rows\":[{\"row\":3,"
				     "\"revision\":2,\"by\":\"script\",\"verdict\":\"application\",\"name\":\"/x\","
				     "\"counts\":{\"attempts\":9999}}]}}",
				     0, NULL);

	assert_int_equal(state->selected, 20);
	state_take(state, message);
	json_decref(message);
	state_act(state, '\n');
	assert_int_equal(state->focus, FOCUS_TEXT);
	assert_int_equal(state->described, 20);
}

static void test_a_filter_is_typed(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "/SITE1x\x7f");
	assert_string_equal(state->listing.filter, "SITE1");
	assert_int_equal(state->listing.count, 11);
	assert_int_equal(state->listing.hidden, 9);
	type(state, "\n");
	assert_int_equal(state->focus, FOCUS_TABLE);
	assert_int_equal(state->listing.count, 11);
	type(state, "\x1b");
	assert_int_equal(state->listing.count, 20);
}

static void test_a_filter_takes_whole_characters(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "/");
	state_act(state, 0xfc);
	assert_string_equal(state->listing.filter, "\u00fc");
	state_act(state, 0x7f);
	assert_string_equal(state->listing.filter, "");
	for (size_t i = 0; i < 2 * sizeof(state->listing.filter); i++)
		state_act(state, 0x20ac);
	assert_int_equal(strlen(state->listing.filter) % strlen("\u20ac"), 0);
}

static void test_an_interval_is_a_number(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "d5\n");
	assert_int_equal(state->interval, 5);
	type(state, "d61\n");
	assert_int_equal(state->interval, 5);
	assert_string_not_equal(state->message, "");
	type(state, "d7\x1b");
	assert_int_equal(state->interval, 5);
	assert_string_equal(state->message, "");
}

static void test_a_picture_that_is_paused_stays(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "p");
	take_rows(state, 25, 1);
	assert_int_equal(state->listing.count, 20);
	type(state, "p");
	take_rows(state, 25, 1);
	assert_int_equal(state->listing.count, 25);
}

static void test_sorting(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "r");
	assert_int_equal(state->listing.items[0].row->number, 1);
	state_sort_by(state, COLUMN_NAME);
	state_settle(state);
	assert_string_equal(state->listing.items[0].row->name, "/site1.php");
}

static void test_children_are_shown_and_hidden(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, " ");
	take(state,
	     "{\"children\":{\"row\":20,\"by\":\"process\",\"total\":2,\"rows\":[{\"row\":100,\"by\":\"process\","
	     "\"revision\":1,\"name\":\"php[1]\"},{\"row\":101,\"by\":\"process\",\"revision\":1,\"name\":\"php[2]"
	     "\"}]}}");
	assert_int_equal(state->listing.count, 22);
	type(state, "jj");
	assert_int_equal(state->listing.items[state->cursor].depth, 1);
	type(state, "-");
	assert_int_equal(state->listing.count, 20);
	assert_int_equal(state_selected(state)->number, 20);
}

static void test_who_has_no_children_is_closed_again(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, " ");
	take(state, "{\"error\":{\"code\":\"not-found\",\"message\":\"there is no such row\"},\"id\":20}");
	assert_false(state_selected(state)->is_expanded);
	assert_string_equal(state->message, "there is no such row");
}

static void test_a_daemon_that_counts_anew_is_known_again(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	type(state, "j ");
	assert_string_equal(state_selected(state)->name, "/site19.php");
	state_lost(state);
	assert_true(state->is_lost);
	assert_int_equal(state->listing.count, 20);
	state_found(state);
	take(state,
	     "{\"rows\":{\"by\":\"script\",\"revision\":2,\"oldest\":0,\"rows\":["
	     "{\"row\":19,\"revision\":1,\"by\":\"script\",\"name\":\"/other.php\",\"counts\":{\"attempts\":1}},"
	     "{\"row\":7,\"revision\":2,\"by\":\"script\",\"name\":\"/site19.php\",\"counts\":{\"attempts\":9}}]}}");
	assert_int_equal(state->listing.count, 2);
	assert_string_equal(state_selected(state)->name, "/site19.php");
	assert_int_equal(state_selected(state)->number, 7);
	assert_true(state_selected(state)->is_expanded);
	assert_false(picture_find(state->picture, 19)->is_expanded);
}

static void test_lines_of_a_detail_have_no_control_characters(void **data)
{
	struct state *state = &((struct fixture *)*data)->state;

	take(state, "{\"rows\":{\"by\":\"script\",\"revision\":2,\"oldest\":0,\"rows\":[{\"row\":30,\"revision\":2,"
		    "\"by\":\"script\",\"name\":\"a\\nb\\u001b[2Jc\",\"counts\":{\"attempts\":99999}}]}}");
	type(state, "g\n");
	assert_non_null(state->wrapped.text);
	assert_null(strchr(state->wrapped.text, '\x1b'));
	assert_non_null(strstr(state->wrapped.text, "a?b?[2Jc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_cursor_stays_in_bounds, begin, end),
		cmocka_unit_test_setup_teardown(test_without_following_the_cursor_stays_where_it_is, begin, end),
		cmocka_unit_test_setup_teardown(test_following_the_cursor_stays_with_its_row, begin, end),
		cmocka_unit_test_setup_teardown(test_a_key_means_the_row_that_was_drawn, begin, end),
		cmocka_unit_test_setup_teardown(test_a_filter_is_typed, begin, end),
		cmocka_unit_test_setup_teardown(test_a_filter_takes_whole_characters, begin, end),
		cmocka_unit_test_setup_teardown(test_an_interval_is_a_number, begin, end),
		cmocka_unit_test_setup_teardown(test_a_picture_that_is_paused_stays, begin, end),
		cmocka_unit_test_setup_teardown(test_sorting, begin, end),
		cmocka_unit_test_setup_teardown(test_children_are_shown_and_hidden, begin, end),
		cmocka_unit_test_setup_teardown(test_who_has_no_children_is_closed_again, begin, end),
		cmocka_unit_test_setup_teardown(test_a_daemon_that_counts_anew_is_known_again, begin, end),
		cmocka_unit_test_setup_teardown(test_lines_of_a_detail_have_no_control_characters, begin, end),
	};

	setlocale(LC_ALL, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
