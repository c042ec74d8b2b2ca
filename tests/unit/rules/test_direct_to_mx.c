// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rules.h"

#include "support/alert_log.h"
#include "support/observations.h"

#define SMARTHOST "198.51.100.25"
#define HOST "198.51.100.1"

struct watch {
	struct model *model;
	struct scopes *scopes;
	struct alerts *alerts;
	struct alert_log log;
	enum actor_role role; /* of every actor */
	uint64_t flows;
};

static void add_scope(struct watch *watch, const char *address, enum sw_scope scope)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(address, &prefix), 0);
	assert_int_equal(scopes_add(watch->scopes, &prefix, scope), 0);
}

static int set_up(void **state)
{
	static struct watch watch;

	watch = (struct watch){.model = model_new(16, 16), .scopes = scopes_new()};
	watch.alerts = alerts_new(3600000000000, alert_log_take, &watch.log);
	add_scope(&watch, SMARTHOST, SW_SCOPE_SMARTHOST);
	add_scope(&watch, HOST, SW_SCOPE_HOST);
	watch.role = ACTOR_ROLE_APPLICATION;
	*state = &watch;
	return watch.model && watch.alerts ? 0 : -1;
}

static int tear_down(void **state)
{
	struct watch *watch = *state;

	model_free(watch->model);
	scopes_free(watch->scopes);
	alerts_free(watch->alerts);
	alert_log_clear(&watch->log);
	return 0;
}

/* As the pipeline does it, with a role that is given. */
static void take(struct watch *watch, const struct observation *observation)
{
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, observation, &change), 0);
	if (change.actor_is_new)
		change.actor->role = watch->role;
	assert_int_equal(rules_judge(watch->alerts, observation, &change), 0);
	model_settle(watch->model, &change);
}

/* How many lines an attempt to this destination makes. */
static size_t lines_of(struct watch *watch, const char *address, uint16_t port)
{
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(&identity, ++watch->flows, endpoint_at(address, port));
	size_t before = watch->log.count;

	take(watch, &observation);
	return watch->log.count - before;
}

static void test_application(void **state)
{
	struct watch *watch = *state;

	assert_int_equal(lines_of(watch, "203.0.113.25", 25), 1);
	const struct alert *alert = &watch->log.lines[0].alert;
	assert_string_equal(alert->rule, "direct-to-mx");
	assert_int_equal(alert->severity, ALERT_SEVERITY_WARNING);
	assert_int_equal(alert->phase, ALERT_RAISED);
	assert_int_equal(alert->count, 1);
	assert_int_equal(alert->networks, 1);
	assert_int_equal(alert->remote.port, 25);
	assert_int_equal(alert->first_wall_ns, WALL_OF(1));
	assert_int_equal(alert->last_wall_ns, WALL_OF(1));
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
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		struct watch *watch = *state;
		watch->role = cases[i].role;
		assert_int_equal(lines_of(watch, "203.0.113.25", 25), cases[i].lines);
		assert_int_equal(lines_of(watch, SMARTHOST, 25), 0);
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
		assert_int_equal(lines_of(watch, quiet[i].address, quiet[i].port), 0);
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, 0);
	assert_int_equal(lines_of(watch, "2001:db8::25", 25), 1);
}

/* It is the attempt that counts; how it goes on adds nothing. */
static void test_only_the_attempt_fires(void **state)
{
	struct watch *watch = *state;
	struct observation established = {.kind = OBSERVATION_ESTABLISHED, .flow_id = 1};
	struct observation last = end_of(1, SW_OUTCOME_CLOSED);
	struct observation stranger = end_of(99, SW_OUTCOME_CLOSED);

	assert_int_equal(lines_of(watch, "203.0.113.25", 25), 1);
	take(watch, &established);
	take(watch, &last);
	take(watch, &stranger);
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, 1);
}

static void test_a_call_that_fails_fires(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(&identity, 1, endpoint_at("203.0.113.25", 25));

	observation.error = 101;
	observation.outcome = SW_OUTCOME_FAILED;
	take(watch, &observation);
	assert_int_equal(watch->log.count, 1);
}

static void test_counters_alone(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation nothing = counters_of(&identity, 0);
	struct observation first = counters_of(&identity, 500);
	struct observation second = counters_of(&identity, 700);

	take(watch, &nothing);
	assert_int_equal(watch->log.count, 0);
	take(watch, &first);
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(watch->log.lines[0].alert.count, 500);
	assert_int_equal(watch->log.lines[0].alert.remote.port, 0);
	assert_int_equal(watch->log.lines[0].alert.networks, 0);
	take(watch, &second);
	take(watch, &second);
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, 2);
	assert_int_equal(watch->log.lines[1].alert.count, 700);
}

static void test_counters_of_an_mta(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation observation = counters_of(&identity, 500);

	watch->role = ACTOR_ROLE_MTA;
	take(watch, &observation);
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, 0);
}

/* The third network within ten minutes makes it high, and says so at once. */
static void test_rises(void **state)
{
	struct watch *watch = *state;

	assert_int_equal(lines_of(watch, "203.0.113.25", 25), 1);
	assert_int_equal(lines_of(watch, "203.0.113.26", 25), 0);
	assert_int_equal(lines_of(watch, "198.51.99.25", 25), 0);
	assert_int_equal(lines_of(watch, "2001:db8::25", 25), 1);
	assert_int_equal(watch->log.lines[1].alert.phase, ALERT_RISEN);
	assert_int_equal(watch->log.lines[1].alert.severity, ALERT_SEVERITY_HIGH);
	assert_int_equal(watch->log.lines[1].alert.count, 4);
	assert_int_equal(watch->log.lines[1].alert.networks, 3);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_application),
		TEST(test_roles),
		TEST(test_destinations),
		TEST(test_only_the_attempt_fires),
		TEST(test_a_call_that_fails_fires),
		TEST(test_counters_alone),
		TEST(test_counters_of_an_mta),
		TEST(test_rises),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("direct_to_mx", tests, NULL, NULL);
}
