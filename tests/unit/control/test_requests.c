// SPDX-License-Identifier: GPL-2.0-only
#include "visited_house.h"

static int begin(void **state)
{
	(void)state;
	return visited_house_begin(LEDGER_BY_USER);
}

static void what_is_no_request_is_refused_and_the_connection_stays(void **state)
{
	(void)state;
	assert_refused(&visitor, "hello", "syntax", "this is no JSON from byte 5 on");
	assert_refused(&visitor, "", "syntax", "this is no JSON from byte 0 on");
	assert_refused(&visitor, "[1]", "syntax", "a request is a JSON object");
	assert_refused(&visitor, "{\"request\":\"status\"}{}", "syntax", "this is no JSON from byte 21 on");
	assert_refused(&visitor, "{}", "invalid", "request is missing: the name of one");
	assert_refused(&visitor, "{\"request\":5}", "invalid", "request is missing: the name of one");
	assert_refused(&visitor, "{\"request\":\"statsu\"}", "unknown-request",
		       "there is no request statsu; did you mean status?");
	assert_refused(&visitor, "{\"request\":\"dance\\u001b\"}", "unknown-request", "there is no request dance\\x1b");
}

static void deep_nesting_is_no_json(void **state)
{
	char line[PROTOCOL_REQUEST_MAX];

	(void)state;
	memset(line, '[', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	_cleanup_json_ json_t *answer = visitor_ask(&visitor, line);
	assert_text_at(answer, "error.code", "syntax");
}

static void the_id_comes_back(void **state)
{
	static const char *const ids[] = {"7", "-1", "7.5", "\"seven\"", "\"\\u0001\\\"\\\\\"", "\"\""};
	char line[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		snprintf(line, sizeof(line), "{\"request\":\"status\",\"id\":%s}", ids[i]);
		_cleanup_json_ json_t *answer = visitor_ask(&visitor, line);
		_cleanup_json_ json_t *id = json_loads(ids[i], JSON_DECODE_ANY, NULL);
		assert_true(json_equal(json_object_get(answer, "id"), id));
	}
	_cleanup_json_ json_t *refused = visitor_ask(&visitor, "{\"request\":\"dance\",\"id\":8}");
	assert_number_at(refused, "id", 8);
	assert_refused(&visitor, "{\"request\":\"status\",\"id\":[]}", "invalid",
		       "id is a number or a text of at most 64 bytes");
}

static void an_id_has_64_bytes(void **state)
{
	char line[512] = "{\"request\":\"status\",\"id\":\"";

	(void)state;
	for (size_t i = 0; i < 64; i++)
		strcat(line, "\\u0001");
	size_t length = strlen(line);
	strcpy(line + length, "\"}");
	_cleanup_json_ json_t *answer = visitor_ask(&visitor, line);
	assert_int_equal(json_string_length(json_object_get(answer, "id")), 64);
	strcpy(line + length, "x\"}");
	assert_refused(&visitor, line, "invalid", "id is a number or a text of at most 64 bytes");
}

static void the_status_has_the_checks_and_the_worst_of_them(void **state)
{
	(void)state;
	house.health = (struct health){
		.count = 2,
		.checks = {{HEALTH_DEGRADED, "capture", "died 2 times", "look into the log"},
			   {HEALTH_OK, "kernel", "6.1.0-30-amd64", ""}},
	};
	_cleanup_json_ json_t *answer = visitor_ask(&visitor, "{\"request\":\"status\"}");
	assert_json(answer, "{\"status\":{\"health\":\"degraded\",\"version\":\"0.1.0\",\"pid\":812,\"checks\":["
			    "{\"name\":\"capture\",\"state\":\"degraded\",\"text\":\"died 2 times\","
			    "\"advice\":\"look into the log\"},"
			    "{\"name\":\"kernel\",\"state\":\"ok\",\"text\":\"6.1.0-30-amd64\",\"advice\":\"\"}]}}");
}

static void members_that_do_not_fit_are_refused(void **state)
{
	static const char by[] = "by is one of script, user, process, unit, destination, receiver";
	static const char every[] = "every is a number of seconds from 1 to 60";

	(void)state;
	assert_refused(&visitor, "{\"request\":\"snapshot\",\"by\":\"colour\"}", "invalid", by);
	assert_refused(&visitor, "{\"request\":\"snapshot\",\"by\":3}", "invalid", by);
	assert_refused(&visitor, "{\"request\":\"snapshot\",\"limit\":0}", "invalid",
		       "limit is a number from 1 to 4294967295");
	assert_refused(&visitor, "{\"request\":\"snapshot\",\"limit\":1.5}", "invalid",
		       "limit is a number from 1 to 4294967295");
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"by\":null}", "invalid", by);
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"every\":0.5}", "invalid", every);
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"every\":61}", "invalid", every);
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"every\":\"1\"}", "invalid", every);
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"alerts\":1}", "invalid", "alerts is true or false");
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"events\":\"yes\"}", "invalid",
		       "events is true or false");
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"last\":1001}", "invalid",
		       "last is a number from 0 to 1000");
	assert_refused(&visitor, "{\"request\":\"subscribe\",\"last\":-1}", "invalid",
		       "last is a number from 0 to 1000");
	assert_refused(&visitor, "{\"request\":\"children\"}", "invalid", "row is missing: the number of a row");
	assert_refused(&visitor, "{\"request\":\"detail\",\"row\":-5}", "invalid",
		       "row is a number from 1 to 9223372036854775807");
	assert_refused(&visitor, "{\"request\":\"detail\",\"row\":5}", "not-found",
		       "row 5 is forgotten, or there was none");
	assert_refused(&visitor, "{\"request\":\"explain\"}", "invalid", "incident is missing: the ID of an incident");
	assert_refused(&visitor, "{\"request\":\"explain\",\"incident\":\"\"}", "invalid",
		       "incident is missing: the ID of an incident");
}

static void what_is_not_understood_is_passed_over(void **state)
{
	(void)state;
	_cleanup_json_ json_t *answer = visitor_ask(&visitor, "{\"request\":\"status\",\"colour\":{\"deep\":[1]}}");
	assert_non_null(value_at(answer, "status.checks"));
}

static void a_reload_is_done_or_failed_with_the_reason(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, "needs root");
	_cleanup_json_ json_t *answer = visitor_ask(&visitor, "{\"request\":\"reload\",\"id\":1}");
	assert_json(answer, "{\"reload\":{\"done\":true},\"id\":1}");
	house.reload_error = -EINVAL;
	assert_refused(&visitor, "{\"request\":\"reload\"}", "failed", "smtpwatch.conf:3: no such key");
	assert_int_equal(house.reloads, 2);
}

static void the_children_of_a_user_are_processes(void **state)
{
	(void)state;
	fake_ledger_add("shop42");
	fake_ledger_add_many(300);
	_cleanup_json_ json_t *few = visitor_ask(&visitor, "{\"request\":\"children\",\"row\":1,\"limit\":2}");
	assert_number_at(few, "children.row", 1);
	assert_text_at(few, "children.by", "process");
	assert_number_at(few, "children.total", 300);
	assert_int_equal(json_array_size(value_at(few, "children.rows")), 2);
	_cleanup_json_ json_t *all = visitor_ask(&visitor, "{\"request\":\"children\",\"row\":1}");
	assert_int_equal(json_array_size(value_at(all, "children.rows")), PROTOCOL_CHILDREN_MAX);
	assert_refused(&visitor, "{\"request\":\"children\",\"row\":1,\"limit\":257}", "invalid",
		       "limit is a number from 1 to 256");
	_cleanup_json_ json_t *none = visitor_ask(&visitor, "{\"request\":\"children\",\"row\":2}");
	assert_json(none, "{\"children\":{\"row\":2,\"by\":\"process\",\"total\":0,\"rows\":[]}}");
}

static void many_requests_in_one_write_are_answered_in_order(void **state)
{
	char lines[8192] = "";

	(void)state;
	for (int i = 0; i < 100; i++)
		sprintf(lines + strlen(lines), "{\"request\":\"status\",\"id\":%d}\n", i);
	assert_int_equal(visitor_send(&visitor, lines, strlen(lines)), strlen(lines));
	for (int i = 0; i < 100; i++) {
		_cleanup_json_ json_t *answer = visitor_receive(&visitor);
		assert_non_null(json_object_get(answer, "status"));
		assert_number_at(answer, "id", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_no_request_is_refused_and_the_connection_stays, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(deep_nesting_is_no_json, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(the_id_comes_back, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(an_id_has_64_bytes, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(the_status_has_the_checks_and_the_worst_of_them, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(members_that_do_not_fit_are_refused, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(what_is_not_understood_is_passed_over, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_reload_is_done_or_failed_with_the_reason, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(the_children_of_a_user_are_processes, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(many_requests_in_one_write_are_answered_in_order, begin,
						visited_house_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("control requests", tests, NULL, NULL);
}
