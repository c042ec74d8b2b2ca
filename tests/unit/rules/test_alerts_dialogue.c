// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alerts.h"

#include "lib/clock.h"
#include "model/dialogue.h"
#include "support/alert_log.h"
#include "support/observations.h"

#define COOLDOWN (300 * NANOSECONDS_A_SECOND)
#define START (100000 * NANOSECONDS_A_SECOND)

/* A flow raises its alert before it has a name and before anything is said on it: its end is told with both, once. */
static void test_what_is_known_later(void **state)
{
	static const struct dialogue_event helo = {
		.kind = DIALOGUE_HELO, .name = "shop42.example", .is_extended = true};
	struct alert_log log = {0};
	struct alerts *alerts = alerts_new(COOLDOWN, alert_log_take, &log);
	const struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct flow flow = {.id = 11, .remote = endpoint_at("203.0.113.25", 25), .dialogue = dialogue_new()};
	const struct firing firing = {
		.rule = "test-rule",
		.actor = &actor,
		.remote = &flow.remote,
		.flow = &flow,
		.count = 1,
		.time_ns = START,
		.wall_ns = WALL_OF(START),
		.severity = ALERT_SEVERITY_WARNING,
	};

	(void)state;
	assert_int_equal(alerts_fire(alerts, &firing), 0);
	assert_int_equal(log.count, 1);
	assert_null(log.lines[0].alert.domain);
	snprintf(flow.domain, sizeof(flow.domain), "mx.example");
	alerts_take_dialogue(alerts, &flow, START + 1, WALL_OF(START + 1));
	assert_int_equal(log.count, 1);
	assert_int_equal(dialogue_take(flow.dialogue, &helo), 0);
	alerts_take_dialogue(alerts, &flow, START + 2, WALL_OF(START + 2));
	assert_int_equal(log.count, 2);
	assert_int_equal(log.lines[1].alert.phase, ALERT_CONTINUING);
	assert_string_equal(log.lines[1].alert.domain, "mx.example");
	assert_string_equal(log.lines[1].alert.dialogue->helo, "shop42.example");
	alerts_take_dialogue(alerts, &flow, START + 3, WALL_OF(START + 3));
	assert_int_equal(log.count, 2);
	dialogue_free(flow.dialogue);
	alerts_free(alerts);
	alert_log_clear(&log);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_known_later)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alerts_dialogue", tests, NULL, NULL);
}
