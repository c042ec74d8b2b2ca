// SPDX-License-Identifier: GPL-2.0-only
#include "watch.h"

#include <errno.h>

static void test_first_attempt(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(&identity, 11, external());

	observation.network_namespace = 4026531840;
	struct model_change change = observe(watch, &observation);

	assert_true(change.actor_is_new);
	assert_memory_equal(&change.actor->identity, &identity, sizeof(identity));
	assert_string_equal(change.actor->executable, "/usr/bin/php8.2");
	assert_int_equal(change.actor->argv_size, sizeof("php\0send.php"));
	assert_memory_equal(change.actor->argv, "php\0send.php", change.actor->argv_size);
	assert_int_equal(change.actor->role, ACTOR_ROLE_UNKNOWN);
	assert_true(change.flow_began);
	assert_false(change.flow_established);
	assert_false(change.flow_ended);
	assert_int_equal(change.flow->id, 11);
	assert_memory_equal(&change.flow->actor, &identity.key, sizeof(identity.key));
	assert_int_equal(change.flow->started_ns, 11);
	assert_int_equal(change.flow->started_wall_ns, WALL_OF(11));
	assert_memory_equal(&change.flow->remote, &observation.remote, sizeof(observation.remote));
	assert_int_equal(change.flow->scope, SW_SCOPE_EXTERNAL);
	assert_int_equal(change.flow->network_namespace, 4026531840);
	assert_int_equal(change.flow->outcome, SW_OUTCOME_PENDING);
	assert_int_equal(model_totals(watch->model).attempts, 1);
	assert_int_equal(model_actor_count(watch->model), 1);
	assert_int_equal(model_flow_count(watch->model), 1);
}

static void test_established_and_end(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	const struct actor *actor = attempt(watch, &identity, 11).actor;
	struct observation established = {
		.kind = OBSERVATION_ESTABLISHED, .flow_id = 11, .local = endpoint_at("192.0.2.1", 40000)};

	struct model_change change = observe(watch, &established);
	assert_true(change.flow_established && change.flow->established);
	assert_false(change.flow_began || change.flow_ended || change.actor_is_new);
	assert_ptr_equal(change.actor, actor);
	assert_int_equal(change.flow->local.port, 40000);
	assert_int_equal(change.direct_added, 0);
	model_settle(watch->model, &change);
	assert_int_equal(model_flow_count(watch->model), 1);

	struct observation last = end_of(11, SW_OUTCOME_RESET);
	last.error = 104;
	change = observe(watch, &last);
	assert_true(change.flow_ended && change.flow->established);
	assert_false(change.flow_began || change.flow_established);
	assert_ptr_equal(change.actor, actor);
	assert_int_equal(change.flow->local.port, 40000);
	assert_int_equal(change.flow->outcome, SW_OUTCOME_RESET);
	assert_int_equal(change.flow->error, 104);
	assert_int_equal(change.flow->duration_ns, 57000000);
	assert_int_equal(change.flow->bytes_sent, 1234);
	assert_int_equal(change.flow->bytes_received, 567);
	assert_int_equal(change.direct_added, 0);
	model_settle(watch->model, &change);
	assert_int_equal(model_flow_count(watch->model), 0);
	assert_int_equal(model_actor_count(watch->model), 1);
	assert_int_equal(model_totals(watch->model).established, 1);
	assert_int_equal(model_totals(watch->model).outcomes[SW_OUTCOME_RESET], 1);
	assert_int_equal(model_totals(watch->model).strangers, 0);
}

static void test_strangers(void **state)
{
	struct watch *watch = *state;
	struct observation established = {.kind = OBSERVATION_ESTABLISHED, .flow_id = 3};
	struct model_change changes[] = {end(watch, 3, SW_OUTCOME_CLOSED), observe(watch, &established)};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		assert_null(changes[i].flow);
		assert_null(changes[i].actor);
		assert_false(changes[i].flow_ended || changes[i].flow_established || changes[i].flow_began);
		assert_int_equal(changes[i].direct_added, 0);
		model_settle(watch->model, &changes[i]);
	}
	assert_int_equal(model_totals(watch->model).strangers, 2);
	assert_int_equal(model_totals(watch->model).outcomes[SW_OUTCOME_CLOSED], 0);
	assert_int_equal(model_totals(watch->model).established, 0);
}

/* A flow that was settled is a stranger when it is told of once more. */
static void test_end_twice(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);

	attempt(watch, &identity, 1);
	struct model_change change = end(watch, 1, SW_OUTCOME_CLOSED);
	model_settle(watch->model, &change);
	assert_null(end(watch, 1, SW_OUTCOME_CLOSED).flow);
	assert_int_equal(model_totals(watch->model).outcomes[SW_OUTCOME_CLOSED], 1);
	assert_int_equal(model_totals(watch->model).strangers, 1);
}

static void test_failing_call(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct observation observation = attempt_of(&identity, 1, external());

	observation.error = ENETUNREACH;
	observation.outcome = SW_OUTCOME_FAILED;
	struct model_change change = observe(watch, &observation);
	assert_true(change.flow_began && change.flow_ended);
	assert_int_equal(change.flow->outcome, SW_OUTCOME_FAILED);
	assert_int_equal(change.flow->error, ENETUNREACH);
	assert_int_equal(change.direct_added, 1);
	model_settle(watch->model, &change);
	assert_int_equal(model_flow_count(watch->model), 0);
	assert_int_equal(model_totals(watch->model).attempts, 1);
	assert_int_equal(model_totals(watch->model).outcomes[SW_OUTCOME_FAILED], 1);
}

static void test_only_external_25_is_direct(void **state)
{
	static const struct {
		const char *address;
		uint16_t port;
		uint64_t added;
	} cases[] = {
		{"203.0.113.25", 25, 1},   {"2001:db8::25", 25, 1}, {"203.0.113.25", 587, 0},  {"203.0.113.25", 465, 0},
		{"203.0.113.25", 2525, 0}, {"203.0.113.25", 0, 0},  {"203.0.113.25", 6400, 0}, {"10.0.0.1", 25, 0},
		{"127.0.0.1", 25, 0},      {"::1", 25, 0},          {"198.51.100.1", 25, 0},   {"198.51.100.2", 25, 0},
	};
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct prefix prefix;
	uint64_t told = 0;

	assert_int_equal(prefix_parse("198.51.100.1", &prefix), 0);
	assert_int_equal(scopes_add(watch->scopes, &prefix, SW_SCOPE_HOST), 0);
	assert_int_equal(prefix_parse("198.51.100.2", &prefix), 0);
	assert_int_equal(scopes_add(watch->scopes, &prefix, SW_SCOPE_SMARTHOST), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation observation = attempt_of(&identity, i, endpoint_at(cases[i].address, cases[i].port));
		struct model_change change = observe(watch, &observation);
		told += cases[i].added;
		assert_int_equal(change.direct_added, cases[i].added);
		assert_int_equal(change.actor->direct_told, told);
	}
	assert_int_equal(model_totals(watch->model).attempts, ARRAY_SIZE(cases));
}

static void test_full_flow_table(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);

	for (uint64_t id = 0; id < FLOWS; id++)
		attempt(watch, &identity, id);
	assert_int_equal(model_totals(watch->model).flows_forgotten, 0);
	attempt(watch, &identity, FLOWS);
	assert_int_equal(model_flow_count(watch->model), FLOWS);
	assert_int_equal(model_totals(watch->model).flows_forgotten, 1);
	assert_int_equal(model_totals(watch->model).attempts, FLOWS + 1);
	assert_null(end(watch, 0, SW_OUTCOME_CLOSED).flow);
	assert_non_null(end(watch, 1, SW_OUTCOME_CLOSED).flow);
	assert_non_null(end(watch, FLOWS, SW_OUTCOME_CLOSED).flow);
}

/* The attempt of a flow whose id is in use takes its place. */
static void test_same_flow_again(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct sw_identity other = identity_of(4122, 1042, 7);

	attempt(watch, &identity, 1);
	attempt(watch, &other, 1);
	assert_int_equal(model_flow_count(watch->model), 1);
	assert_int_equal(end(watch, 1, SW_OUTCOME_CLOSED).actor->identity.key.pid, 4122);
}

static void test_actor_gone(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct sw_identity other = identity_of(4122, 1042, 7);

	attempt(watch, &identity, 1);
	attempt(watch, &other, 2);
	struct model_change change = gone(watch, &identity);
	assert_null(change.actor);
	assert_null(change.flow);
	model_settle(watch->model, &change);
	assert_int_equal(model_actor_count(watch->model), 1);
	assert_int_equal(model_oldest_actor(watch->model)->identity.key.pid, 4122);
	assert_int_equal(model_totals(watch->model).actors_forgotten, 0);
	gone(watch, &identity);

	change = end(watch, 1, SW_OUTCOME_CLOSED);
	assert_null(change.actor);
	assert_true(change.flow_ended);
	assert_int_equal(change.flow->id, 1);
}

static void test_sweep(void **state)
{
	struct watch *watch = *state;
	struct sw_identity identity = identity_of(4121, 1042, 7);
	struct sw_identity other = identity_of(4122, 1042, 7);

	attempt(watch, &identity, 1);
	attempt(watch, &other, 2);
	attempt(watch, &identity, 3);
	model_sweep(watch->model);
	assert_int_equal(model_flow_count(watch->model), 3);
	gone(watch, &identity);
	assert_int_equal(model_flow_count(watch->model), 3);
	model_sweep(watch->model);
	assert_int_equal(model_flow_count(watch->model), 1);
	assert_int_equal(model_totals(watch->model).flows_forgotten, 2);
	assert_non_null(end(watch, 2, SW_OUTCOME_CLOSED).flow);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_first_attempt),   TEST(test_established_and_end), TEST(test_strangers),
		TEST(test_end_twice),       TEST(test_failing_call),        TEST(test_only_external_25_is_direct),
		TEST(test_full_flow_table), TEST(test_same_flow_again),     TEST(test_actor_gone),
		TEST(test_sweep),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
