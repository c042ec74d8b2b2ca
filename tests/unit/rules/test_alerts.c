// SPDX-License-Identifier: GPL-2.0-only
/* When there is a line, and how many of them. */
#include "alert_watch.h"

#define ALERTS_KEPT 2048 /* rules/alerts.c */
#define EXECUTABLES_TOLD 8

static void test_first_firing(void **state)
{
	struct watch *watch = *state;

	fire(watch, 1042, 7, "203.0.113.25", START);
	assert_lines(watch, 1);
	const struct alert *alert = last_line(watch);
	assert_ptr_equal(alert->rule, rule);
	assert_int_equal(alert->phase, ALERT_RAISED);
	assert_int_equal(alert->severity, ALERT_SEVERITY_WARNING);
	assert_int_equal(alert->count, 1);
	assert_int_equal(alert->networks, 1);
	assert_false(alert->networks_capped || alert->more_actors);
	assert_int_equal(alert->remote.port, 25);
	assert_int_equal(alert->first_wall_ns, WALL_OF(START));
	assert_int_equal(alert->last_wall_ns, WALL_OF(START));
	assert_string_equal(watch->log.lines[0].executable, "/usr/bin/php8.2");
	alerts_finish(watch->alerts);
	assert_lines(watch, 2);
	assert_int_equal(last_line(watch)->phase, ALERT_ENDED);
	assert_int_equal(last_line(watch)->count, 1);
}

static void test_cooldown(void **state)
{
	struct watch *watch = *state;

	fire(watch, 1042, 7, "203.0.113.25", START);
	fire(watch, 1042, 7, "203.0.113.25", START + 1);
	fire(watch, 1042, 7, "203.0.113.26", START + COOLDOWN - 1);
	alerts_tick(watch->alerts, START + COOLDOWN - 1);
	assert_lines(watch, 1);
	fire(watch, 1042, 7, "203.0.113.27", START + COOLDOWN);
	assert_lines(watch, 2);
	struct endpoint remote = endpoint_at("203.0.113.27", 25);
	assert_int_equal(last_line(watch)->phase, ALERT_CONTINUING);
	assert_int_equal(last_line(watch)->count, 4);
	assert_int_equal(last_line(watch)->first_wall_ns, WALL_OF(START));
	assert_int_equal(last_line(watch)->last_wall_ns, WALL_OF(START + COOLDOWN));
	assert_memory_equal(&last_line(watch)->remote, &remote, sizeof(remote));
}

/* The first after the cooldown, each four times as long after the one before, and never longer than a day. */
static void test_growing_intervals(void **state)
{
	static const uint64_t seconds[] = {300, 1200, 4800, 19200, 76800, 86400, 86400};
	struct watch *watch = *state;
	uint64_t due_ns = START;
	uint64_t time_ns = START;

	fire(watch, 1042, 7, "203.0.113.25", START);
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
		due_ns += seconds[i] * SECOND;
		for (; time_ns < due_ns; time_ns += 100 * SECOND) {
			fire(watch, 1042, 7, "203.0.113.25", time_ns);
			alerts_tick(watch->alerts, time_ns);
		}
		assert_lines(watch, 1 + i);
		alerts_tick(watch->alerts, due_ns - 1);
		assert_lines(watch, 1 + i);
		if (i % 2)
			alerts_tick(watch->alerts, due_ns);
		else
			fire(watch, 1042, 7, "203.0.113.25", due_ns);
		assert_lines(watch, 2 + i);
		assert_int_equal(last_line(watch)->phase, ALERT_CONTINUING);
		assert_int_equal(last_line(watch)->count, watch->fired);
		assert_true(last_line(watch)->is_news);
	}
}

/* A rule's own cooldown holds for its alerts; a day is no bound for one that is longer. */
static void test_cooldown_of_a_rule(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct firing firing = firing_of(&actor, NULL, START);

	firing.cooldown_ns = 2 * DAY;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	for (uint64_t days = 2; days <= 6; days += 2) {
		firing.time_ns = START + days * DAY - 1;
		assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
		assert_lines(watch, days / 2);
		firing.time_ns = START + days * DAY;
		assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
		assert_lines(watch, days / 2 + 1);
	}
	alerts_tick(watch->alerts, START + 8 * DAY - 1);
	assert_lines(watch, 4);
	alerts_tick(watch->alerts, START + 8 * DAY);
	assert_lines(watch, 5);
	assert_int_equal(last_line(watch)->phase, ALERT_ENDED);
}

static void test_cooldown_that_is_changed(void **state)
{
	struct watch *watch = *state;

	fire(watch, 1042, 7, "203.0.113.25", START);
	alerts_set_cooldown(watch->alerts, 10 * SECOND);
	fire(watch, 1042, 7, "203.0.113.25", START + 9 * SECOND);
	assert_lines(watch, 1);
	alerts_tick(watch->alerts, START + 10 * SECOND);
	assert_lines(watch, 2);
}

static void test_tick(void **state)
{
	struct watch *watch = *state;

	fire(watch, 1042, 7, "203.0.113.25", START);
	alerts_tick(watch->alerts, START + COOLDOWN);
	assert_lines(watch, 1);
	fire(watch, 1043, 7, "203.0.113.25", START + SECOND);
	fire(watch, 1043, 7, "203.0.113.25", START + 2 * SECOND);
	alerts_tick(watch->alerts, START + SECOND + COOLDOWN - 1);
	assert_lines(watch, 2);
	alerts_tick(watch->alerts, START + SECOND + COOLDOWN);
	assert_lines(watch, 3);
	assert_int_equal(last_line(watch)->phase, ALERT_CONTINUING);
	assert_int_equal(last_line(watch)->count, 2);
	assert_int_equal(last_line(watch)->last_wall_ns, WALL_OF(START + 2 * SECOND));
	assert_int_equal(watch->log.lines[2].identity.key.uid, 1043);
	alerts_tick(watch->alerts, START + SECOND + 2 * COOLDOWN);
	assert_lines(watch, 4);
	assert_int_equal(watch->log.lines[3].identity.key.uid, 1042);
	assert_int_equal(last_line(watch)->phase, ALERT_ENDED);
}

static void test_finish(void **state)
{
	struct watch *watch = *state;

	for (uint32_t uid = 1; uid <= 3; uid++)
		fire(watch, uid, 7, "203.0.113.25", START);
	fire(watch, 1, 7, "203.0.113.25", START + 1);
	fire(watch, 3, 7, "203.0.113.25", START + 1);
	fire(watch, 3, 7, "203.0.113.25", START + 2);
	alerts_finish(watch->alerts);
	assert_lines(watch, 6);
	static const uint32_t uids[] = {2, 1, 3}; /* those that were quiet longest first */
	static const uint64_t counts[] = {1, 2, 3};
	for (size_t i = 0; i < 3; i++) {
		const struct logged_alert *line = &watch->log.lines[3 + i];
		assert_int_equal(line->alert.phase, ALERT_ENDED);
		assert_true(line->alert.is_news);
		assert_int_equal(line->identity.key.uid, uids[i]);
		assert_int_equal(line->alert.count, counts[i]);
	}
	alerts_finish(watch->alerts);
	assert_lines(watch, 6);
}

/* What comes after the end was said takes it up again, and the next end has all of it. */
static void test_goes_on_after_the_finish(void **state)
{
	struct watch *watch = *state;

	fire(watch, 1042, 7, "203.0.113.25", START);
	alerts_finish(watch->alerts);
	fire(watch, 1042, 7, "203.0.113.25", START + 1);
	assert_lines(watch, 2);
	alerts_finish(watch->alerts);
	assert_lines(watch, 3);
	assert_int_equal(last_line(watch)->phase, ALERT_ENDED);
	assert_true(last_line(watch)->is_news);
	assert_int_equal(last_line(watch)->count, 2);
	alerts_tick(watch->alerts, START + WINDOW + 1);
	assert_lines(watch, 3);
	fire(watch, 1042, 7, "203.0.113.25", START + WINDOW + 2);
	assert_int_equal(last_line(watch)->phase, ALERT_RAISED);
}

static void test_flood(void **state)
{
	struct watch *watch = *state;

	for (uint64_t i = 0; i < 10000; i++) {
		char address[ADDRESS_TEXT_SIZE];
		snprintf(address, sizeof(address), "203.%u.%u.25", (unsigned int)(i / 256 % 256),
			 (unsigned int)(i % 256));
		fire(watch, 1042, 7, address, START + i * (5 * SECOND / 10000));
		if (i % 2000 == 0)
			alerts_tick(watch->alerts, START + i * (5 * SECOND / 10000));
	}
	alerts_finish(watch->alerts);
	assert_in_range(watch->log.count, 2, 4);
	assert_int_equal(last_line(watch)->count, 10000);
	assert_int_equal(last_line(watch)->phase, ALERT_ENDED);
	assert_true(last_line(watch)->networks_capped);
	assert_int_equal(alert_log_total(&watch->log), 10000);
}

static void test_what_a_key_is(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct actor same = {.identity = identity_of(9999, 1042, 7)};
	struct actor other = actor;

	fire_as(watch, &actor, "203.0.113.25", START);
	fire_as(watch, &same, "203.0.113.25", START);
	assert_lines(watch, 1);
	other.identity.key.uid = 1043;
	fire_as(watch, &other, "203.0.113.25", START);
	assert_lines(watch, 2);
	other = actor;
	other.identity.key.exe_inode = 8;
	fire_as(watch, &other, "203.0.113.25", START);
	assert_lines(watch, 3);
	other = actor;
	other.identity.key.exe_device++;
	fire_as(watch, &other, "203.0.113.25", START);
	assert_lines(watch, 4);
	struct firing firing = firing_of(&actor, NULL, START);
	firing.rule = "another-rule";
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_lines(watch, 5);
	assert_int_equal(last_line(watch)->phase, ALERT_RAISED);
}

/* Whoever runs a new file for each connection gets a line for some of them and one for the rest. */
static void test_many_executables(void **state)
{
	struct watch *watch = *state;

	for (uint64_t i = 0; i < 500; i++)
		fire(watch, 1042, 1000 + i, "203.0.113.25", START + i);
	for (uint64_t i = 0; i < 500; i += 3)
		fire(watch, 1042, 1000 + i, "203.0.113.25", START + 500 + i);
	assert_lines(watch, EXECUTABLES_TOLD + 1);
	for (size_t i = 0; i < EXECUTABLES_TOLD; i++)
		assert_false(watch->log.lines[i].alert.more_actors);
	assert_true(last_line(watch)->more_actors);
	fire(watch, 1043, 5, "203.0.113.25", START + 1000);
	assert_lines(watch, EXECUTABLES_TOLD + 2);
	assert_false(last_line(watch)->more_actors);
	alerts_finish(watch->alerts);
	assert_int_equal(alert_log_total(&watch->log), watch->fired);
	assert_lines(watch, 2 * (EXECUTABLES_TOLD + 2));
}

/* Far more keys than are kept, in changing order: each firing is in a line that somebody can add up. */
static void test_more_keys_than_room(void **state)
{
	struct watch *watch = *state;
	unsigned int seed = 20260725;

	for (uint64_t i = 0; i < 8000; i++) {
		uint32_t uid = (uint32_t)rand_r(&seed) % (2 * ALERTS_KEPT);
		fire(watch, uid, (uint64_t)rand_r(&seed) % 2 + 1, "203.0.113.25", START + i * SECOND / 100);
		if (i % 100 == 0)
			alerts_tick(watch->alerts, START + i * SECOND / 100);
	}
	alerts_finish(watch->alerts);
	assert_int_equal(alert_log_total(&watch->log), watch->fired);
	assert_int_equal(alerts_written(watch->alerts), watch->log.count);
}

static void test_the_quietest_key_makes_room(void **state)
{
	struct watch *watch = *state;

	for (uint32_t uid = 0; uid < ALERTS_KEPT; uid++)
		fire(watch, uid, 7, "203.0.113.25", START + uid);
	for (uint32_t uid = 1; uid <= ALERTS_KEPT; uid++)
		fire(watch, (uid + 1) % ALERTS_KEPT, 7, "203.0.113.25", START + ALERTS_KEPT);
	assert_lines(watch, ALERTS_KEPT);
	fire(watch, ALERTS_KEPT, 7, "203.0.113.25", START + ALERTS_KEPT + 1);
	assert_lines(watch, ALERTS_KEPT + 2);
	const struct logged_alert *said = &watch->log.lines[ALERTS_KEPT];
	assert_int_equal(said->identity.key.uid, 2);
	assert_int_equal(said->alert.count, 2);
	assert_int_equal(said->alert.phase, ALERT_ENDED);
	assert_true(said->alert.is_news);
	assert_int_equal(last_line(watch)->phase, ALERT_RAISED);
}

static void test_ended_after_quiet(void **state)
{
	struct watch *watch = *state;

	fire(watch, 1042, 7, "203.0.113.25", START);
	fire(watch, 1042, 7, "203.0.113.25", START + 1);
	alerts_tick(watch->alerts, START + COOLDOWN);
	alerts_tick(watch->alerts, START + WINDOW);
	assert_lines(watch, 2);
	fire(watch, 1042, 7, "203.0.113.26", START + WINDOW);
	assert_lines(watch, 2);
	alerts_tick(watch->alerts, START + 2 * WINDOW - 1);
	assert_lines(watch, 2);
	alerts_tick(watch->alerts, START + 2 * WINDOW);
	assert_lines(watch, 3);
	assert_int_equal(last_line(watch)->phase, ALERT_ENDED);
	assert_true(last_line(watch)->is_news);
	assert_int_equal(last_line(watch)->count, 3);
	assert_int_equal(last_line(watch)->first_wall_ns, WALL_OF(START));
	assert_int_equal(last_line(watch)->last_wall_ns, WALL_OF(START + WINDOW));
	fire(watch, 1042, 7, "203.0.113.25", START + 2 * WINDOW + SECOND);
	assert_lines(watch, 4);
	assert_int_equal(last_line(watch)->phase, ALERT_RAISED);
	assert_int_equal(last_line(watch)->count, 1);
	assert_int_equal(last_line(watch)->first_wall_ns, WALL_OF(START + 2 * WINDOW + SECOND));
	assert_int_equal(alert_log_total(&watch->log), watch->fired);
}

/* A cooldown that is longer than the shortest quiet time is the quiet time. */
static void test_long_cooldown_is_the_quiet_time(void **state)
{
	struct watch *watch = *state;

	alerts_set_cooldown(watch->alerts, 3600 * SECOND);
	fire(watch, 1042, 7, "203.0.113.25", START);
	alerts_tick(watch->alerts, START + 3599 * SECOND);
	fire(watch, 1042, 7, "203.0.113.25", START + 3599 * SECOND);
	assert_lines(watch, 1);
	alerts_tick(watch->alerts, START + 3600 * SECOND);
	assert_lines(watch, 2);
	assert_int_equal(last_line(watch)->count, 2);
	alerts_tick(watch->alerts, START + 7199 * SECOND - 1);
	assert_lines(watch, 2);
	alerts_tick(watch->alerts, START + 7199 * SECOND);
	assert_int_equal(last_line(watch)->phase, ALERT_ENDED);
	fire(watch, 1042, 7, "203.0.113.25", START + 7199 * SECOND);
	assert_int_equal(last_line(watch)->phase, ALERT_RAISED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_first_firing),
		TEST(test_cooldown),
		TEST(test_growing_intervals),
		TEST(test_cooldown_of_a_rule),
		TEST(test_cooldown_that_is_changed),
		TEST(test_tick),
		TEST(test_finish),
		TEST(test_goes_on_after_the_finish),
		TEST(test_flood),
		TEST(test_what_a_key_is),
		TEST(test_many_executables),
		TEST(test_more_keys_than_room),
		TEST(test_the_quietest_key_makes_room),
		TEST(test_ended_after_quiet),
		TEST(test_long_cooldown_is_the_quiet_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alerts", tests, NULL, NULL);
}
