// SPDX-License-Identifier: GPL-2.0-only
#include "lib/clock.h"
#include "visited_house.h"

static int begin(void **state)
{
	(void)state;
	return visited_house_begin(LEDGER_BY_SCRIPT);
}

/* What a client knows after a walk. */
struct picture {
	uint64_t revisions[FAKE_ROWS_MAX + 1]; /* by the row's number; 0: none */
	size_t rows;                           /* that were sent */
	size_t pages;
	json_int_t oldest;
	json_int_t revision;
};

static void take_page(struct picture *picture, const json_t *message)
{
	const json_t *rows = value_at(message, "rows.rows");
	json_int_t revision = 0;

	assert_true(json_is_array(rows));
	assert_true(json_array_size(rows) <= PROTOCOL_ROWS_A_PAGE);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		assert_true(json_integer_value(json_object_get(row, "revision")) > revision);
		revision = json_integer_value(json_object_get(row, "revision"));
		picture->revisions[json_integer_value(json_object_get(row, "row"))] = (uint64_t)revision;
	}
	picture->rows += json_array_size(rows);
	picture->pages++;
	picture->oldest = json_integer_value(value_at(message, "rows.oldest"));
	picture->revision = json_integer_value(value_at(message, "rows.revision"));
	assert_true(picture->revision >= revision);
}

/* A head, and rows up to the last page. */
static struct picture *receive_walk(void)
{
	struct picture *picture = calloc(1, sizeof(*picture));
	_cleanup_json_ json_t *head = visitor_receive(&visitor);
	bool has_more = true;

	assert_non_null(picture);
	assert_non_null(json_object_get(head, "head"));
	while (has_more) {
		_cleanup_json_ json_t *message = visitor_receive(&visitor);
		take_page(picture, message);
		has_more = json_is_true(value_at(message, "rows.more"));
	}
	return picture;
}

static struct picture *receive_snapshot(void)
{
	struct picture *picture = receive_walk();
	_cleanup_json_ json_t *alerts = visitor_receive(&visitor);

	assert_true(json_is_array(json_object_get(alerts, "alerts")));
	return picture;
}

static void an_empty_snapshot_is_whole(void **state)
{
	(void)state;
	visitor_say(&visitor, "{\"request\":\"snapshot\",\"id\":3}");
	_cleanup_json_ json_t *head = visitor_receive(&visitor);
	_cleanup_json_ json_t *rows = visitor_receive(&visitor);
	_cleanup_json_ json_t *alerts = visitor_receive(&visitor);
	assert_number_at(head, "id", 3);
	assert_json(rows, "{\"rows\":{\"by\":\"script\",\"revision\":0,\"oldest\":0,\"rows\":[]},\"id\":3}");
	assert_json(alerts, "{\"alerts\":[],\"id\":3}");
	assert_silent(&visitor);
}

static void the_head_says_how_the_watch_is(void **state)
{
	(void)state;
	fake_ledger.totals = (struct ledger_totals){
		.since_wall_ns = 1795310000500000000,
		.all = {.attempts = 120,
			.ports = {118, 0, 2, 0},
			.failed = 3,
			.accepted = 88,
			.refused = 12,
			.refusals = 14},
		.today = {.attempts = 7, .ports = {7}, .submissions = 1},
		.destinations_today = 14,
		.receivers_today = 9,
		.newest_stretch = 179531712,
		.series = {3, 0, 12},
		.open = 3,
		.rows_forgotten = {[LEDGER_BY_PROCESS] = 5},
	};
	visitor_say(&visitor, "{\"request\":\"snapshot\"}");
	_cleanup_json_ json_t *message = visitor_receive(&visitor);
	json_t *head = json_object_get(message, "head");
	assert_true(json_number_value(json_object_get(head, "now")) > 1e9);
	json_object_del(head, "now");
	assert_int_equal(json_array_size(value_at(head, "series.counts")), LEDGER_SERIES);
	assert_int_equal(json_integer_value(json_array_get(value_at(head, "series.counts"), 2)), 12);
	json_object_del(json_object_get(head, "series"), "counts");
	assert_json(head,
		    "{\"host\":\"web1\",\"version\":\"0.1.0\",\"kernel\":\"6.1.0-30-amd64\",\"pid\":812,"
		    "\"started\":1795310000.5,\"attached\":\"connect, exec, fork\",\"capture\":\"running\","
		    "\"health\":\"degraded\",\"health_text\":\"the capture died\","
		    "\"lost\":{\"records\":1,\"packets\":2,\"lines\":3},\"thinned\":4,\"since\":1795310000.5,"
		    "\"all\":{\"attempts\":120,\"ports\":{\"25\":118,\"465\":0,\"587\":2,\"other\":0},\"failed\":3,"
		    "\"accepted\":88,\"refused\":12,\"refusals\":14,\"submissions\":0},"
		    "\"today\":{\"attempts\":7,\"ports\":{\"25\":7,\"465\":0,\"587\":0,\"other\":0},\"failed\":0,"
		    "\"accepted\":0,\"refused\":0,\"refusals\":0,\"submissions\":1},"
		    "\"destinations_today\":14,\"receivers_today\":9,\"open\":3,"
		    "\"series\":{\"stretch\":10,\"newest\":179531712},"
		    "\"total\":{\"script\":0,\"user\":0,\"process\":0,\"unit\":0,\"destination\":0,\"receiver\":0},"
		    "\"forgotten\":{\"process\":5}}");
}

static void ten_thousand_rows_come_in_pages(void **state)
{
	(void)state;
	fake_ledger_add_many(FAKE_ROWS_MAX);
	visitor_say(&visitor, "{\"request\":\"snapshot\"}");
	_cleanup_free_ struct picture *picture = receive_snapshot();
	assert_int_equal(picture->rows, FAKE_ROWS_MAX);
	assert_int_equal(picture->pages, (FAKE_ROWS_MAX + PROTOCOL_ROWS_A_PAGE - 1) / PROTOCOL_ROWS_A_PAGE);
	assert_int_equal(picture->revision, FAKE_ROWS_MAX);
	assert_int_equal(picture->oldest, 1);
}

static void a_limit_leaves_the_rows_that_changed_last(void **state)
{
	(void)state;
	fake_ledger_add_many(200);
	fake_ledger_change(1);
	visitor_say(&visitor, "{\"request\":\"snapshot\",\"limit\":64}");
	_cleanup_free_ struct picture *page = receive_snapshot();
	assert_int_equal(page->rows, 64);
	assert_int_equal(page->pages, 1);
	assert_int_equal(page->revisions[1], 201);
	assert_int_equal(page->revisions[200], 200);
	assert_int_equal(page->revisions[137], 0);
	visitor_say(&visitor, "{\"request\":\"snapshot\",\"limit\":65}");
	_cleanup_free_ struct picture *pages = receive_snapshot();
	assert_int_equal(pages->rows, 65);
	visitor_say(&visitor, "{\"request\":\"snapshot\",\"limit\":1000}");
	_cleanup_free_ struct picture *all = receive_snapshot();
	assert_int_equal(all->rows, 200);
}

static void a_row_that_changes_during_a_snapshot_is_in_it_as_it_is_then(void **state)
{
	(void)state;
	fake_ledger_add_many(5000);
	visitor_say(&visitor, "{\"request\":\"snapshot\"}");
	house_settle(&house);
	fake_ledger_change(4999);
	_cleanup_free_ struct picture *picture = receive_snapshot();
	assert_int_equal(picture->revisions[4999], 5001);
	for (size_t number = 1; number <= 5000; number++)
		assert_true(picture->revisions[number] > 0);
}

static void a_snapshot_ends_however_fast_rows_change(void **state)
{
	size_t messages = 0;

	(void)state;
	fake_ledger_add_many(1000);
	visitor_say(&visitor, "{\"request\":\"snapshot\"}");
	for (bool is_over = false; !is_over; messages++) {
		_cleanup_json_ json_t *message = visitor_receive(&visitor);
		for (uint64_t number = 1; number <= 500; number++)
			fake_ledger_change(number);
		is_over = json_object_get(message, "alerts") != NULL;
	}
	assert_true(messages < 100);
}

static void a_subscriber_gets_all_rows_and_then_those_that_change(void **state)
{
	(void)state;
	fake_ledger_add_many(100);
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"by\":\"script\",\"id\":\"s\"}");
	_cleanup_free_ struct picture *first = receive_walk();
	assert_int_equal(first->rows, 100);
	assert_silent(&visitor);
	fake_ledger_change(17);
	fake_ledger_change(3);
	fake_ledger_forget_oldest();
	assert_silent(&visitor);
	house_tick(&house, 1);
	_cleanup_free_ struct picture *second = receive_walk();
	assert_int_equal(second->rows, 2);
	assert_int_equal(second->revisions[3], 102);
	assert_int_equal(second->oldest, 2); /* so the first row is forgotten */
	assert_int_equal(second->revision, 102);
	house_tick(&house, 1);
	_cleanup_free_ struct picture *third = receive_walk();
	assert_int_equal(third->rows, 0);
	assert_int_equal(third->revision, 102);
	assert_silent(&visitor);
}

/* The next regular walk would be a tick away. */
static void what_changes_after_a_quiet_time_comes_at_once(void **state)
{
	const uint64_t now_ns = clock_boot_ns();

	(void)state;
	fake_ledger_add("/old");
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"by\":\"script\"}");
	free(receive_walk());
	fake_ledger_add("/new");
	control_notice(house.control, now_ns);
	assert_silent(&visitor);
	fake_ledger_add("/newer");
	control_notice(house.control, now_ns + 2 * NANOSECONDS_A_SECOND);
	_cleanup_free_ struct picture *picture = receive_walk();
	assert_int_equal(picture->rows, 2);
	control_notice(house.control, now_ns + 4 * NANOSECONDS_A_SECOND);
	assert_silent(&visitor);
}

static void every_says_how_often(void **state)
{
	(void)state;
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"by\":\"script\",\"every\":2.5}");
	free(receive_walk());
	house_tick(&house, 2);
	assert_silent(&visitor);
	house_tick(&house, 1); /* 3 */
	free(receive_walk());
	house_tick(&house, 1);
	assert_silent(&visitor);
	house_tick(&house, 1); /* 5 */
	free(receive_walk());
	visitor_say(&visitor, "{\"request\":\"subscribe\"}");
	house_tick(&house, 60);
	assert_silent(&visitor);
}

static void one_that_reads_slowly_gets_rows_later_as_they_are_then(void **state)
{
	size_t rows = 0;

	(void)state;
	fake_ledger_add_many(5000);
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"by\":\"script\"}");
	house_settle(&house);
	for (int i = 0; i < 50; i++) { /* it reads nothing meanwhile */
		for (uint64_t number = 1; number <= 100; number++)
			fake_ledger_change(number);
		house_tick(&house, 1);
		house_settle(&house);
	}
	_cleanup_free_ struct picture *first = receive_walk();
	rows = first->rows;
	house_tick(&house, 1);
	_cleanup_free_ struct picture *second = receive_walk();
	rows += second->rows;
	assert_true(rows >= 5000 && rows <= 5200);
	for (uint64_t number = 1; number <= 5000; number++) {
		const struct ledger_row *row = ledger_find(&fake_ledger, number);
		assert_true(first->revisions[number] == row->revision || second->revisions[number] == row->revision);
	}
	assert_silent(&visitor);
}

static void hostile_rows_make_shorter_pages(void **state)
{
	static char name[2000];

	(void)state;
	memset(name, 1, sizeof(name) - 1);
	fake_ledger_add_many(1);
	fake_ledger.rows[0].name = name;
	for (int i = 0; i < 200; i++) {
		struct ledger_row *row = fake_ledger_add(name);
		row->helo[0] = row->domain = name;
	}
	visitor_say(&visitor, "{\"request\":\"snapshot\"}");
	_cleanup_free_ struct picture *picture = receive_snapshot();
	assert_int_equal(picture->rows, 201);
	assert_true(picture->pages > 4);
	_cleanup_json_ json_t *children = visitor_ask(&visitor, "{\"request\":\"children\",\"row\":1}");
	assert_number_at(children, "children.total", 200);
	assert_in_range(json_array_size(value_at(children, "children.rows")), 30, 199);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_snapshot_is_whole, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(the_head_says_how_the_watch_is, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(ten_thousand_rows_come_in_pages, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_limit_leaves_the_rows_that_changed_last, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_row_that_changes_during_a_snapshot_is_in_it_as_it_is_then, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(a_snapshot_ends_however_fast_rows_change, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_subscriber_gets_all_rows_and_then_those_that_change, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(every_says_how_often, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(what_changes_after_a_quiet_time_comes_at_once, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(one_that_reads_slowly_gets_rows_later_as_they_are_then, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(hostile_rows_make_shorter_pages, begin, visited_house_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
