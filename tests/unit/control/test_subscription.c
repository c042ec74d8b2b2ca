// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/shop.h"
#include "visited_house.h"

#define FOLLOW_ALL "{\"request\":\"subscribe\",\"alerts\":true,\"events\":true,\"id\":5}"

static struct actor actor;

static int begin(void **state)
{
	(void)state;
	actor = shop_actor();
	return visited_house_begin(LEDGER_BY_SCRIPT);
}

static void raise_alert(const char *incident_id)
{
	struct alert_incident *incident = shop_incident();
	struct alert alert = shop_alert(&actor);

	snprintf(incident->id, sizeof(incident->id), "%s", incident_id);
	alert.incident = incident;
	alert.is_news = false; /* for the record: kept all the same */
	sinks_write_alert(house.sinks, &alert);
}

/* Told by the number of its flow. */
static void tell_event(uint64_t id)
{
	struct flow flow = shop_flow();

	flow.id = id;
	sinks_write_flow(house.sinks, &(struct flow_event){.moment = FLOW_ATTEMPTED, .flow = &flow, .actor = &actor});
}

static void tell_events(uint64_t first, uint64_t last)
{
	while (first <= last)
		tell_event(first++);
}

static uint64_t flow_of(const json_t *message)
{
	const char *id = json_string_value(value_at(message, "event.smtpwatch.flow"));

	assert_non_null(id);
	return strtoull(id, NULL, 16);
}

static void assert_event(uint64_t id)
{
	_cleanup_json_ json_t *message = visitor_receive(&visitor);

	assert_int_equal(flow_of(message), id);
}

static void assert_lost(json_int_t alerts, json_int_t events)
{
	_cleanup_json_ json_t *message = visitor_receive(&visitor);

	assert_number_at(message, "lost.alerts", alerts);
	assert_number_at(message, "lost.events", events);
}

static void a_subscriber_is_told_at_once(void **state)
{
	struct flow flow = shop_flow_closed();
	const struct dialogue_event said = {.kind = DIALOGUE_REPLY, .code = 550, .text = "no"};

	(void)state;
	visitor_say(&visitor, FOLLOW_ALL);
	assert_silent(&visitor);
	raise_alert("j1wdvb");
	_cleanup_json_ json_t *alert = visitor_receive(&visitor);
	assert_text_at(alert, "alert.rule.id", "direct-to-mx");
	assert_text_at(alert, "alert.smtpwatch.incident", "j1wdvb");
	assert_number_at(alert, "id", 5);
	tell_event(0xabc);
	_cleanup_json_ json_t *attempt = visitor_receive(&visitor);
	assert_text_at(attempt, "event.event.action", "attempt");
	sinks_write_flow(house.sinks, &(struct flow_event){.moment = FLOW_ENDED, .flow = &flow, .actor = &actor});
	_cleanup_json_ json_t *ended = visitor_receive(&visitor);
	assert_text_at(ended, "event.event.action", "end");
	sinks_write_reply(house.sinks, &(struct reply_event){.flow = &flow, .actor = &actor, .reply = &said});
	_cleanup_json_ json_t *reply = visitor_receive(&visitor);
	assert_text_at(reply, "event.event.action", "reply");
	const struct submission_event submission = shop_submission(&actor);
	sinks_write_submission(house.sinks, &submission);
	_cleanup_json_ json_t *handed = visitor_receive(&visitor);
	assert_text_at(handed, "event.event.action", "submission");
	assert_silent(&visitor);
}

static void one_is_told_only_what_it_asked_for(void **state)
{
	(void)state;
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"alerts\":true}");
	house_settle(&house);
	tell_event(1);
	assert_silent(&visitor);
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"events\":true}");
	house_settle(&house);
	raise_alert("j1wdvb");
	assert_silent(&visitor);
	tell_event(2);
	assert_event(2);
	visitor_say(&visitor, "{\"request\":\"subscribe\"}");
	house_settle(&house);
	tell_event(3);
	assert_silent(&visitor);
}

static void the_last_ones_come_first_and_the_next_answer_behind_them(void **state)
{
	(void)state;
	tell_events(1, 120);
	raise_alert("j1wdvb");
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"alerts\":true,\"events\":true,\"last\":100}\n"
			      "{\"request\":\"status\",\"id\":\"end\"}");
	_cleanup_json_ json_t *alert = visitor_receive(&visitor);
	assert_non_null(json_object_get(alert, "alert"));
	for (uint64_t id = 21; id <= 120; id++)
		assert_event(id);
	_cleanup_json_ json_t *status = visitor_receive(&visitor);
	assert_text_at(status, "id", "end");
	tell_event(121);
	assert_event(121);
}

static void without_a_past_the_next_answer_does_not_wait(void **state)
{
	(void)state;
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"alerts\":true,\"last\":100}\n{\"request\":\"status\"}");
	_cleanup_json_ json_t *status = visitor_receive(&visitor);
	assert_non_null(json_object_get(status, "status"));
}

static void what_a_slow_client_misses_is_counted_and_told(void **state)
{
	uint64_t received = 0, lost = 0, last = 0;

	(void)state;
	visitor_say(&visitor, FOLLOW_ALL);
	house_settle(&house);
	for (uint64_t id = 1; id <= 3000; id++) { /* far more than the history has room for */
		tell_event(id);
		control_serve(house.control);
		if (id % 500 == 0)
			house_tick(&house, 1);
	}
	tell_event(3001);
	while (last < 3001) {
		_cleanup_json_ json_t *message = visitor_receive(&visitor);
		if (json_object_get(message, "lost")) {
			assert_number_at(message, "lost.alerts", 0);
			lost += (uint64_t)json_integer_value(value_at(message, "lost.events"));
			continue;
		}
		last = flow_of(message);
		received++;
		assert_int_equal(received + lost, last);
	}
	assert_true(lost > 1000);
	assert_silent(&visitor);
}

static void in_a_flood_so_many_are_made_a_second(void **state)
{
	(void)state;
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"events\":true}");
	house_settle(&house);
	for (uint64_t id = 1; id <= 1500; id++) {
		tell_event(id);
		if (id <= 1000)
			assert_event(id);
	}
	assert_silent(&visitor);
	house_tick(&house, 1);
	tell_event(1501);
	assert_lost(0, 500);
	assert_event(1501);
}

static void while_nobody_follows_fewer_are_made(void **state)
{
	(void)state;
	tell_events(1, 1000);
	house_tick(&house, 1);
	tell_event(1001);
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"events\":true,\"last\":2}");
	assert_event(200);
	assert_lost(0, 800);
	assert_event(1001);
}

static void alerts_are_always_made(void **state)
{
	(void)state;
	tell_events(1, 2000);
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"alerts\":true}");
	house_settle(&house);
	for (int i = 0; i < 1100; i++) {
		raise_alert("j1wdvb");
		_cleanup_json_ json_t *message = visitor_receive(&visitor);
		assert_non_null(json_object_get(message, "alert"));
	}
}

static void a_snapshot_has_the_newest_fifty(void **state)
{
	char id[ALERT_INCIDENT_ID_SIZE];

	(void)state;
	for (int i = 0; i < 60; i++) {
		snprintf(id, sizeof(id), "aaaa%02d", i);
		raise_alert(id);
	}
	visitor_say(&visitor, "{\"request\":\"snapshot\"}");
	json_decref(visitor_receive(&visitor));
	json_decref(visitor_receive(&visitor));
	_cleanup_json_ json_t *message = visitor_receive(&visitor);
	const json_t *alerts = json_object_get(message, "alerts");
	assert_int_equal(json_array_size(alerts), 50);
	assert_text_at(json_array_get(alerts, 0), "smtpwatch.incident", "aaaa10");
	assert_text_at(json_array_get(alerts, 49), "smtpwatch.incident", "aaaa59");
}

static size_t receive_explained(const char *incident)
{
	size_t lines = 0;
	bool has_more = true;

	while (has_more) {
		_cleanup_json_ json_t *message = visitor_receive(&visitor);
		const json_t *array = value_at(message, "explain.lines");
		assert_text_at(message, "explain.incident", incident);
		for (size_t i = 0; i < json_array_size(array); i++)
			assert_text_at(json_array_get(array, i), "smtpwatch.incident", incident);
		lines += json_array_size(array);
		has_more = json_is_true(value_at(message, "explain.more"));
		assert_int_equal(has_more, json_object_get(json_object_get(message, "explain"), "more") != NULL);
	}
	return lines;
}

static void an_incident_is_explained_by_all_its_lines(void **state)
{
	(void)state;
	for (int i = 0; i < 70; i++) {
		raise_alert("j1wdvb");
		raise_alert("j2zzzz");
	}
	visitor_say(&visitor, "{\"request\":\"explain\",\"incident\":\"J1W\"}");
	assert_int_equal(receive_explained("j1wdvb"), 70);
	assert_refused(&visitor, "{\"request\":\"explain\",\"incident\":\"j\"}", "invalid",
		       "j is the beginning of several incidents: j2zzzz, j1wdvb");
	assert_refused(&visitor, "{\"request\":\"explain\",\"incident\":\"k\\n\"}", "not-found",
		       "no line of an incident k\\x0a is in memory");
}

static void lines_that_are_forgotten_meanwhile_do_not_hold_up_an_explanation(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		raise_alert("j1wdvb");
	visitor_say(&visitor, "{\"request\":\"explain\",\"incident\":\"j1wdvb\"}");
	control_serve(house.control);
	for (int i = 0; i < 500; i++)
		raise_alert("j2zzzz");
	assert_in_range(receive_explained("j1wdvb"), 1, 100);
	visitor_say(&visitor, "{\"request\":\"explain\",\"incident\":\"j2\"}");
	assert_in_range(receive_explained("j2zzzz"), 50, 500);
}

static void a_detail_has_the_newest_alerts_of_its_incident(void **state)
{
	struct ledger_row *row = fake_ledger_add("/var/www/shop42/x.php");

	(void)state;
	snprintf(row->incident, sizeof(row->incident), "j1wdvb");
	row->actor = &actor;
	for (int i = 0; i < 9; i++)
		raise_alert(i % 2 ? "j1wdvb" : "j2zzzz");
	_cleanup_json_ json_t *message = visitor_ask(&visitor, "{\"request\":\"detail\",\"row\":1}");
	const json_t *alerts = value_at(message, "detail.alerts");
	assert_int_equal(json_array_size(alerts), 4);
	assert_text_at(json_array_get(alerts, 0), "smtpwatch.incident", "j1wdvb");
	assert_text_at(message, "detail.actor.user.name", "shop42");
	assert_text_at(message, "detail.row.name", "/var/www/shop42/x.php");
}

static void who_has_left_is_not_followed_for(void **state)
{
	struct visitor other = house_visit(&house);

	(void)state;
	visitor_say(&other, FOLLOW_ALL);
	house_settle(&house);
	visitor_leave(&other);
	tell_events(1, 300);
	visitor_say(&visitor, "{\"request\":\"subscribe\",\"events\":true,\"last\":1}");
	assert_event(200); /* as while nobody follows */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_subscriber_is_told_at_once, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(one_is_told_only_what_it_asked_for, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(the_last_ones_come_first_and_the_next_answer_behind_them, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(without_a_past_the_next_answer_does_not_wait, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(what_a_slow_client_misses_is_counted_and_told, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(in_a_flood_so_many_are_made_a_second, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(while_nobody_follows_fewer_are_made, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(alerts_are_always_made, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(a_snapshot_has_the_newest_fifty, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(an_incident_is_explained_by_all_its_lines, begin, visited_house_end),
		cmocka_unit_test_setup_teardown(lines_that_are_forgotten_meanwhile_do_not_hold_up_an_explanation, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(a_detail_has_the_newest_alerts_of_its_incident, begin,
						visited_house_end),
		cmocka_unit_test_setup_teardown(who_has_left_is_not_followed_for, begin, visited_house_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("subscription", tests, NULL, NULL);
}
