// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alerts.h"

#include "lib/clock.h"
#include "model/dialogue.h"
#include "support/alert_log.h"
#include "support/observations.h"

#define COOLDOWN (300 * NANOSECONDS_A_SECOND)
#define START (100000 * NANOSECONDS_A_SECOND)

#define MINUTE (60 * NANOSECONDS_A_SECOND)

static const struct actor actor = {.identity = {.key = {.exe_inode = 7, .uid = 1042, .pid = 4121}}};

struct watch {
	struct alerts *alerts;
	struct alert_log log;
	struct flow flows[3]; /* their ids are 11, 12, 13 */
};

static int set_up(void **state)
{
	static struct watch watch;

	watch = (struct watch){.alerts = alerts_new(COOLDOWN, alert_log_take, &watch.log)};
	for (size_t i = 0; i < ARRAY_SIZE(watch.flows); i++) {
		watch.flows[i] = (struct flow){.id = 11 + i, .remote = endpoint_at("203.0.113.25", 25)};
		watch.flows[i].dialogue = dialogue_new();
	}
	*state = &watch;
	return watch.alerts ? 0 : -1;
}

static int tear_down(void **state)
{
	struct watch *watch = *state;

	for (size_t i = 0; i < ARRAY_SIZE(watch->flows); i++)
		dialogue_free(watch->flows[i].dialogue);
	alerts_free(watch->alerts);
	alert_log_clear(&watch->log);
	return 0;
}

static void fire(struct watch *watch, const char *rule, const struct flow *flow, uint64_t time_ns)
{
	const struct firing firing = {
		.rule = rule,
		.actor = &actor,
		.remote = &flow->remote,
		.flow = flow,
		.count = 1,
		.time_ns = time_ns,
		.wall_ns = WALL_OF(time_ns),
		.severity = ALERT_SEVERITY_WARNING,
	};
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
}

static void say(const struct flow *flow, const char *name)
{
	const struct dialogue_event helo = {.kind = DIALOGUE_HELO, .name = name, .is_extended = true};
	assert_int_equal(dialogue_take(flow->dialogue, &helo), 0);
}

static void end(struct watch *watch, const struct flow *flow, uint64_t time_ns)
{
	alerts_take_dialogue(watch->alerts, flow, time_ns, WALL_OF(time_ns));
}

/* The line that was just written, whose dialogue is still there. */
static const struct alert *last_line(const struct watch *watch, size_t count)
{
	assert_int_equal(watch->log.count, count);
	return &watch->log.lines[count - 1].alert;
}

static const char one[] = "rule-one";
static const char two[] = "rule-two";

/* A flow raises its alert before it has a name and before anything is said on it: its end is told with both, once, for
 * the record. */
static void test_what_is_known_later(void **state)
{
	struct watch *watch = *state;
	struct flow *flow = &watch->flows[0];

	fire(watch, one, flow, START);
	assert_null(last_line(watch, 1)->domain);
	snprintf(flow->domain, sizeof(flow->domain), "mx.example");
	end(watch, flow, START + 1);
	assert_null(last_line(watch, 1)->domain);
	say(flow, "shop42.example");
	end(watch, flow, START + 2);
	const struct alert *line = last_line(watch, 2);
	assert_int_equal(line->phase, ALERT_CONTINUING);
	assert_false(line->is_news);
	assert_string_equal(line->domain, "mx.example");
	assert_string_equal(line->dialogue->helo, "shop42.example");
	end(watch, flow, START + 3);
	last_line(watch, 2);
}

/* It is no line of the time-table: the next one comes when it would have come without. */
static void test_leaves_the_intervals_alone(void **state)
{
	struct watch *watch = *state;

	fire(watch, one, &watch->flows[0], START);
	say(&watch->flows[0], "shop42.example");
	end(watch, &watch->flows[0], START + MINUTE);
	fire(watch, one, &watch->flows[1], START + COOLDOWN - 1);
	last_line(watch, 2);
	fire(watch, one, &watch->flows[1], START + COOLDOWN);
	assert_true(last_line(watch, 3)->is_news);
}

/* A line that is due at the flow's end is that line. */
static void test_one_line_where_both_are_due(void **state)
{
	struct watch *watch = *state;

	fire(watch, one, &watch->flows[0], START);
	fire(watch, one, &watch->flows[0], START + 1);
	say(&watch->flows[0], "shop42.example");
	end(watch, &watch->flows[0], START + COOLDOWN);
	const struct alert *line = last_line(watch, 2);
	assert_true(line->is_news);
	assert_string_equal(line->dialogue->helo, "shop42.example");
}

/* All alerts in which the flow fired last have it, in the order in which it fired; others do not. */
static void test_alerts_of_a_flow(void **state)
{
	struct watch *watch = *state;

	fire(watch, one, &watch->flows[0], START);
	fire(watch, two, &watch->flows[0], START + 1);
	fire(watch, "rule-three", &watch->flows[1], START + 2);
	say(&watch->flows[0], "shop42.example");
	end(watch, &watch->flows[0], START + 3);
	assert_ptr_equal(last_line(watch, 5)->rule, two);
	assert_ptr_equal(watch->log.lines[3].alert.rule, one);
	assert_string_equal(watch->log.lines[3].alert.dialogue->helo, "shop42.example");
	end(watch, &watch->flows[2], START + 4);
	last_line(watch, 5);
}

/* A line that is written while the flow lives has what was said so far; in between nothing is copied, and the latest
 * flow that ends brings what it said. */
static void test_said_so_far(void **state)
{
	struct watch *watch = *state;

	say(&watch->flows[0], "first.example");
	fire(watch, one, &watch->flows[0], START);
	assert_string_equal(last_line(watch, 1)->dialogue->helo, "first.example");
	say(&watch->flows[1], "second.example");
	fire(watch, one, &watch->flows[1], START + 1);
	fire(watch, one, &watch->flows[2], START + 2);
	end(watch, &watch->flows[1], START + 3); /* it is not the latest */
	alerts_tick(watch->alerts, START + COOLDOWN);
	assert_string_equal(last_line(watch, 2)->dialogue->helo, "first.example");
	say(&watch->flows[2], "third.example");
	end(watch, &watch->flows[2], START + COOLDOWN + 1);
	alerts_finish(watch->alerts);
	assert_string_equal(last_line(watch, 3)->dialogue->helo, "third.example");
}

/* The latest flow may end when its alert is gone. */
static void test_flow_outlives_its_alert(void **state)
{
	struct watch *watch = *state;

	fire(watch, one, &watch->flows[0], START);
	alerts_tick(watch->alerts, START + 10 * MINUTE);
	last_line(watch, 2);
	say(&watch->flows[0], "shop42.example");
	end(watch, &watch->flows[0], START + 11 * MINUTE);
	last_line(watch, 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_what_is_known_later),
		TEST(test_leaves_the_intervals_alone),
		TEST(test_one_line_where_both_are_due),
		TEST(test_alerts_of_a_flow),
		TEST(test_said_so_far),
		TEST(test_flow_outlives_its_alert),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alerts_dialogue", tests, NULL, NULL);
}
