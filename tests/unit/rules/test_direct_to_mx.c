// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

/* How many lines of the rule an attempt to this destination makes. */
static size_t lines_of(struct watch *watch, enum actor_role role, const char *address, uint16_t port)
{
	struct suspect suspect = suspect_of("php", "/usr/bin/php8.2", "php");
	size_t before = count_lines(watch, "direct-to-mx");

	suspect.role = role;
	attempt(watch, &suspect, address, port);
	return count_lines(watch, "direct-to-mx") - before;
}

static size_t lines_of_application(struct watch *watch, const char *address, uint16_t port)
{
	return lines_of(watch, ACTOR_ROLE_APPLICATION, address, port);
}

static void test_application(void **state)
{
	struct watch *watch = *state;

	assert_int_equal(lines_of_application(watch, "203.0.113.25", 25), 1);
	const struct alert *alert = &watch->log.lines[0].alert;
	assert_string_equal(alert->rule, "direct-to-mx");
	assert_int_equal(alert->severity, ALERT_SEVERITY_WARNING);
	assert_int_equal(alert->phase, ALERT_RAISED);
	assert_int_equal(alert->count, 1);
	assert_int_equal(alert->networks, 1);
	assert_int_equal(alert->remote.port, 25);
	assert_int_equal(alert->first_wall_ns, WALL_OF(START));
	assert_int_equal(alert->last_wall_ns, WALL_OF(START));
	assert_int_equal(watch->log.lines[0].identity.key.pid, 4121);
}

static void test_roles(void **state)
{
	static const struct {
		enum actor_role role;
		size_t lines;
	} cases[] = {
		{ACTOR_ROLE_UNKNOWN, 1},
		{ACTOR_ROLE_APPLICATION, 1},
		{ACTOR_ROLE_RELAY_CLIENT, 1},
		{ACTOR_ROLE_MTA, 0},
	};

	assert_int_equal(ARRAY_SIZE(cases), ACTOR_ROLE_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		assert_int_equal(lines_of(watch, cases[i].role, MX, 25), cases[i].lines);
		assert_int_equal(lines_of(watch, cases[i].role, SMARTHOST, 25), 0);
	}
}

static void test_destinations(void **state)
{
	static const struct {
		const char *address;
		uint16_t port;
	} quiet[] = {
		{"203.0.113.25", 587}, {"203.0.113.25", 465}, {"203.0.113.25", 2525},
		{"2001:db8::25", 587}, {"10.0.0.25", 25},     {"127.0.0.1", 25},
		{"::1", 25},           {"fd00::25", 25},      {HOST, 25},
		{SMARTHOST, 25},       {SMARTHOST, 587},
	};
	struct watch *watch = *state;

	for (size_t i = 0; i < ARRAY_SIZE(quiet); i++)
		assert_int_equal(lines_of_application(watch, quiet[i].address, quiet[i].port), 0);
	rules_finish(watch->rules);
	assert_int_equal(watch->log.count, 0);
	assert_int_equal(lines_of_application(watch, "2001:db8::25", 25), 1);
}

/* It is the attempt that counts; how it goes on adds nothing. */
static void test_only_the_attempt_fires(void **state)
{
	struct watch *watch = *state;
	struct suspect nobody = suspect_of("php", "/usr/bin/php8.2", "php");
	struct observation established = {.kind = OBSERVATION_ESTABLISHED, .flow_id = 1};
	struct observation last = end_of(1, SW_OUTCOME_CLOSED);
	struct observation stranger = end_of(99, SW_OUTCOME_CLOSED);

	assert_int_equal(lines_of_application(watch, "203.0.113.25", 25), 1);
	take(watch, &nobody, &established);
	take(watch, &nobody, &last);
	take(watch, &nobody, &stranger);
	assert_int_equal(watch->log.count, 1);
	rules_finish(watch->rules);
	assert_int_equal(watch->log.lines[watch->log.count - 1].alert.count, 1);
}

static void test_a_call_that_fails_fires(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = suspect_of("php", "/usr/bin/php8.2", "php");
	struct observation observation = attempt_of(&suspect.identity, 1, endpoint_at("203.0.113.25", 25));

	observation.error = 101;
	observation.outcome = SW_OUTCOME_FAILED;
	take(watch, &suspect, &observation);
	assert_int_equal(watch->log.count, 1);
}

static void test_counters_alone(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = suspect_of("php", "/usr/bin/php8.2", "php");
	struct observation nothing = counters_of(&suspect.identity, 0);
	struct observation first = counters_of(&suspect.identity, 500);
	struct observation second = counters_of(&suspect.identity, 700);

	take(watch, &suspect, &nothing);
	assert_int_equal(watch->log.count, 0);
	take(watch, &suspect, &first);
	assert_int_equal(count_lines(watch, "direct-to-mx"), 1);
	assert_int_equal(watch->log.lines[0].alert.count, 500);
	assert_int_equal(watch->log.lines[0].alert.remote.port, 0);
	assert_int_equal(watch->log.lines[0].alert.networks, 0);
	take(watch, &suspect, &second);
	take(watch, &suspect, &second);
	rules_finish(watch->rules);
	assert_int_equal(count_lines(watch, "direct-to-mx"), 2);
	assert_int_equal(find_line(watch, "direct-to-mx")->alert.count, 700);
}

static void test_counters_of_an_mta(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = suspect_of("php", "/usr/bin/php8.2", "php");
	struct observation observation = counters_of(&suspect.identity, 500);

	suspect.role = ACTOR_ROLE_MTA;
	take(watch, &suspect, &observation);
	rules_finish(watch->rules);
	assert_int_equal(watch->log.count, 0);
}

/* The third network within ten minutes makes it high, and says so at once. */
static void test_rises(void **state)
{
	struct watch *watch = *state;

	assert_int_equal(lines_of_application(watch, "203.0.113.25", 25), 1);
	assert_int_equal(lines_of_application(watch, "203.0.113.26", 25), 0);
	assert_int_equal(lines_of_application(watch, "198.51.99.25", 25), 0);
	assert_int_equal(lines_of_application(watch, "2001:db8::25", 25), 1);
	assert_int_equal(watch->log.lines[1].alert.phase, ALERT_RISEN);
	assert_int_equal(watch->log.lines[1].alert.severity, ALERT_SEVERITY_HIGH);
	assert_int_equal(watch->log.lines[1].alert.count, 4);
	assert_int_equal(watch->log.lines[1].alert.networks, 3);
}

/* A machine behind this one, packets without a socket, a replay: no program of this host is to be named. */
static void test_origins(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = suspect_of("php", "/usr/bin/php8.2", "php");
	struct observation observation = attempt_of(&suspect.identity, 1, endpoint_at(MX, 25));
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, &observation, &change), 0);
	for (int origin = ACTOR_ORIGIN_COUNT - 1; origin >= 0; origin--) {
		change.actor->origin = (enum actor_origin)origin;
		assert_int_equal(rules_judge(watch->rules, &observation, &change), 0);
		assert_int_equal(count_lines(watch, "direct-to-mx"), origin == ACTOR_ORIGIN_PROCESS);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WATCH_TEST(test_application),
		WATCH_TEST(test_roles),
		WATCH_TEST(test_destinations),
		WATCH_TEST(test_only_the_attempt_fires),
		WATCH_TEST(test_a_call_that_fails_fires),
		WATCH_TEST(test_counters_alone),
		WATCH_TEST(test_counters_of_an_mta),
		WATCH_TEST(test_rises),
		WATCH_TEST(test_origins),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("direct_to_mx", tests, NULL, NULL);
}
