// SPDX-License-Identifier: GPL-2.0-only
#include "rules/alerts.h"

#include "lib/clock.h"
#include "model/actors.h"
#include "support/alert_log.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define COOLDOWN (300 * SECOND)
#define DAY (86400 * SECOND)
#define WINDOW (600 * SECOND)
#define START (100000 * SECOND)
#define ALERTS_KEPT 2048 /* rules/alerts.c */
#define EXECUTABLES_TOLD 8

static const char rule[] = "test-rule";

struct watch {
	struct alerts *alerts;
	struct alert_log log;
	uint64_t fired;
};

static int set_up(void **state)
{
	static struct watch watch;

	watch = (struct watch){.alerts = alerts_new(COOLDOWN, alert_log_take, &watch.log)};
	*state = &watch;
	return watch.alerts ? 0 : -1;
}

static int tear_down(void **state)
{
	struct watch *watch = *state;

	alerts_free(watch->alerts);
	alert_log_clear(&watch->log);
	return 0;
}

static struct firing firing_of(const struct actor *actor, const struct endpoint *remote, uint64_t time_ns)
{
	return (struct firing){
		.rule = rule,
		.actor = actor,
		.remote = remote,
		.count = 1,
		.time_ns = time_ns,
		.wall_ns = WALL_OF(time_ns),
		.severity = ALERT_SEVERITY_WARNING,
		.window_ns = WINDOW,
	};
}

static void fire_as(struct watch *watch, const struct actor *actor, const char *address, uint64_t time_ns)
{
	struct endpoint remote = endpoint_at(address, 25);
	struct firing firing = firing_of(actor, &remote, time_ns);

	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	watch->fired++;
}

static void fire(struct watch *watch, uint32_t uid, uint64_t inode, const char *address, uint64_t time_ns)
{
	struct actor actor = {.identity = identity_of(4121, uid, inode), .executable = (char *)"/usr/bin/php8.2"};
	fire_as(watch, &actor, address, time_ns);
}

static const struct alert *last_line(const struct watch *watch)
{
	assert_true(watch->log.count > 0);
	return &watch->log.lines[watch->log.count - 1].alert;
}

static void assert_lines(const struct watch *watch, size_t count)
{
	assert_int_equal(watch->log.count, count);
	assert_int_equal(alerts_written(watch->alerts), count);
}

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

/* Networks are counted for the line, within the firing's window; they lift nothing. */
static void test_networks(void **state)
{
	static const char *const addresses[] = {"203.0.113.25", "198.51.100.25", "198.51.100.26", "192.0.2.25",
						"2001:db8::25"};
	static const uint64_t counts[] = {1, 2, 2, 3, 4};
	struct watch *watch = *state;

	alerts_set_cooldown(watch->alerts, SECOND / 1000);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		fire(watch, 1042, 7, addresses[i], START + i * SECOND);
		assert_lines(watch, i + 1);
		assert_int_equal(last_line(watch)->networks, counts[i]);
		assert_int_equal(last_line(watch)->severity, ALERT_SEVERITY_WARNING);
	}
	fire(watch, 1042, 7, "192.0.2.25", START + 10 * WINDOW);
	assert_int_equal(last_line(watch)->networks, 1);
}

static void fire_at(struct watch *watch, enum alert_severity severity, bool is_score, uint64_t time_ns)
{
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct firing firing = firing_of(&actor, NULL, time_ns);

	firing.severity = severity;
	firing.is_score = is_score;
	firing.measures[0] = (struct alert_measure){.what = "count", .value = time_ns - START, .limit = 1};
	firing.measure_count = 1;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	watch->fired++;
}

/* Upwards only; what was measured is that of the heaviest step, as it was last. */
static void test_severity(void **state)
{
	struct watch *watch = *state;

	fire_at(watch, ALERT_SEVERITY_NOTICE, false, START);
	fire_at(watch, ALERT_SEVERITY_NOTICE, false, START + 1);
	fire_at(watch, ALERT_SEVERITY_HIGH, false, START + 2);
	assert_lines(watch, 2);
	assert_int_equal(last_line(watch)->phase, ALERT_RISEN);
	assert_int_equal(last_line(watch)->severity, ALERT_SEVERITY_HIGH);
	assert_int_equal(last_line(watch)->count, 3);
	assert_int_equal(last_line(watch)->measures[0].value, 2);
	fire_at(watch, ALERT_SEVERITY_HIGH, false, START + 3);
	fire_at(watch, ALERT_SEVERITY_WARNING, false, START + 4);
	assert_lines(watch, 2);
	fire_at(watch, ALERT_SEVERITY_CRITICAL, true, START + 5);
	assert_lines(watch, 2);
	fire_at(watch, ALERT_SEVERITY_WARNING, false, START + 2 + COOLDOWN);
	assert_lines(watch, 3);
	assert_int_equal(last_line(watch)->phase, ALERT_CONTINUING);
	assert_int_equal(last_line(watch)->severity, ALERT_SEVERITY_HIGH);
	assert_int_equal(last_line(watch)->measure_count, 1);
	assert_int_equal(last_line(watch)->measures[0].value, 3);
	assert_int_equal(last_line(watch)->count, 7);
	fire_at(watch, ALERT_SEVERITY_CRITICAL, false, START + 3 + COOLDOWN);
	assert_int_equal(last_line(watch)->phase, ALERT_RISEN);
	assert_int_equal(last_line(watch)->severity, ALERT_SEVERITY_CRITICAL);
}

/* A line shows the latest that there were, and where the rule stands; the caller's are not looked at again. */
static void test_what_a_rule_says_of_itself(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct firing firing = firing_of(&actor, NULL, START);
	struct alert_sample samples[ALERT_SAMPLES_MAX] = {{.wall_ns = 1, .text = "a"}, {.wall_ns = 2, .text = "b"}};
	char source[] = "catalogue.conf:41";

	firing.reason = "why it is there";
	firing.source = source;
	firing.samples = samples;
	firing.sample_count = 2;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	memset(source, 'x', sizeof(source) - 1);
	memset(samples, 0, sizeof(samples));
	alerts_finish(watch->alerts);
	assert_lines(watch, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct logged_alert *line = &watch->log.lines[i];
		assert_string_equal(line->alert.reason, "why it is there");
		assert_string_equal(line->source, "catalogue.conf:41");
		assert_int_equal(line->alert.sample_count, 2);
		assert_string_equal(line->samples[0].text, "a");
		assert_string_equal(line->samples[1].text, "b");
	}
	firing.source = NULL;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	alerts_finish(watch->alerts);
	assert_null(last_line(watch)->source);
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

/* What only counters tell of: any number at once, and no destination. */
static void test_counters_only(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct firing firing = firing_of(&actor, NULL, START);
	struct endpoint remote = endpoint_at("203.0.113.25", 25);

	firing.count = 5000000000;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_int_equal(last_line(watch)->count, 5000000000);
	assert_int_equal(last_line(watch)->remote.port, 0);
	assert_int_equal(last_line(watch)->networks, 0);
	fire_as(watch, &actor, "203.0.113.25", START + 1);
	firing.time_ns = START + COOLDOWN;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_int_equal(last_line(watch)->count, 10000000001);
	assert_memory_equal(&last_line(watch)->remote, &remote, sizeof(remote));
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
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(watch->log.lines[i].alert.phase, ALERT_RAISED);
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

/* The process and all that was known of it may go; the address sanitizer sees who still looks there. */
static void test_actor_may_go(void **state)
{
	struct watch *watch = *state;
	struct actor original = {
		.identity = identity_of(4121, 1042, 7),
		.executable = (char *)"/usr/bin/php8.2",
		.argv = (char *)"php",
		.argv_size = sizeof("php"),
	};
	struct actor *actor = calloc(1, sizeof(*actor));

	assert_non_null(actor);
	assert_int_equal(actor_copy(actor, &original), 0);
	fire_as(watch, actor, "203.0.113.25", START);
	fire_as(watch, actor, "203.0.113.25", START + 1);
	actor_clear(actor);
	free(actor);
	alerts_finish(watch->alerts);
	assert_lines(watch, 2);
	assert_string_equal(watch->log.lines[1].executable, "/usr/bin/php8.2");
	assert_string_equal(watch->log.lines[1].argv, "php");
	assert_int_equal(watch->log.lines[1].identity.key.pid, 4121);
}

static void test_latest_actor_is_shown(void **state)
{
	struct watch *watch = *state;
	struct actor first = {.identity = identity_of(1, 1042, 7)};
	struct actor second = {.identity = identity_of(2, 1042, 7), .executable = (char *)"/usr/bin/php8.2"};
	struct actor named = {.identity = identity_of(1, 1042, 7), .executable = (char *)"/usr/bin/php8.1"};

	fire_as(watch, &first, "203.0.113.25", START);
	fire_as(watch, &second, "203.0.113.25", START + COOLDOWN);
	assert_int_equal(watch->log.lines[1].identity.key.pid, 2);
	fire_as(watch, &first, "203.0.113.25", START + 5 * COOLDOWN);
	assert_int_equal(watch->log.lines[2].identity.key.pid, 1);
	assert_string_equal(watch->log.lines[2].executable, "");
	fire_as(watch, &named, "203.0.113.25", START + 21 * COOLDOWN);
	assert_string_equal(watch->log.lines[3].executable, "/usr/bin/php8.1");
}

/* One process that changed its effective user, its name and its arguments is shown as it is now. */
static void test_changed_actor_is_shown(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {
		.identity = identity_of(4121, 1042, 7),
		.executable = (char *)"/usr/bin/php8.2",
		.argv = (char *)"php-fpm: pool one",
		.argv_size = sizeof("php-fpm: pool one"),
	};

	fire_as(watch, &actor, "203.0.113.25", START);
	actor.identity.euid = 0;
	memcpy(actor.identity.comm, "later", sizeof("later"));
	actor.argv = (char *)"php-fpm: pool two";
	fire_as(watch, &actor, "203.0.113.25", START + COOLDOWN);
	assert_lines(watch, 2);
	assert_int_equal(watch->log.lines[1].identity.euid, 0);
	assert_string_equal(watch->log.lines[1].identity.comm, "later");
	assert_string_equal(watch->log.lines[1].argv, "php-fpm: pool two");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

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
		TEST(test_networks),
		TEST(test_severity),
		TEST(test_what_a_rule_says_of_itself),
		TEST(test_flood),
		TEST(test_counters_only),
		TEST(test_what_a_key_is),
		TEST(test_many_executables),
		TEST(test_more_keys_than_room),
		TEST(test_the_quietest_key_makes_room),
		TEST(test_ended_after_quiet),
		TEST(test_long_cooldown_is_the_quiet_time),
		TEST(test_actor_may_go),
		TEST(test_latest_actor_is_shown),
		TEST(test_changed_actor_is_shown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alerts", tests, NULL, NULL);
}
