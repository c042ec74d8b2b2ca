// SPDX-License-Identifier: GPL-2.0-only
/* What a line shows. */
#include "alert_watch.h"

#include "model/actors.h"

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
	const struct actor first = {.identity = identity_of(1, 1042, 7)};
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_counters_only),
		TEST(test_networks),
		TEST(test_severity),
		TEST(test_what_a_rule_says_of_itself),
		TEST(test_actor_may_go),
		TEST(test_latest_actor_is_shown),
		TEST(test_changed_actor_is_shown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alerts_shown", tests, NULL, NULL);
}
