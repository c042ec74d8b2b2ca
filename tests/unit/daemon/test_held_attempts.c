// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/held_attempts.h"

#include "lib/clock.h"
#include "lib/log.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define START (1000 * SECOND)
#define GRACE HELD_ATTEMPTS_GRACE_NS
#define LONGEST HELD_ATTEMPTS_MAX_NS

struct watch {
	struct smarthosts *smarthosts;
	struct model *model;
	struct scopes *scopes;
	struct held_attempts *held;
};

/* One smarthost, relay.example, which has 203.0.113.1. */
static int set_up(void **state)
{
	static struct watch watch;
	char name[] = "relay.example";
	char *patterns[] = {name};
	const struct smarthosts_options options = {patterns, 1, 300 * SECOND, 86400 * SECOND};
	struct smarthost_question question;
	struct smarthost_answer answer = {.name = "relay.example", .count = 1};

	log_set_level(LOG_LEVEL_ERROR);
	watch = (struct watch){smarthosts_new(), model_new(16, 16), scopes_new(), NULL};
	*state = &watch;
	if (!watch.smarthosts || !watch.model || !watch.scopes || smarthosts_set(watch.smarthosts, &options) != 0)
		return -1;
	answer.addresses[0] = endpoint_at("203.0.113.1", 0).address;
	smarthosts_next_question(watch.smarthosts, START, &question);
	smarthosts_take_answer(watch.smarthosts, &answer, START);
	watch.held = held_attempts_new(watch.smarthosts, watch.model);
	return watch.held && smarthosts_add_scopes(watch.smarthosts, watch.scopes) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	struct watch *watch = *state;

	held_attempts_free(watch->held);
	scopes_free(watch->scopes);
	model_free(watch->model);
	smarthosts_free(watch->smarthosts);
	return 0;
}

static bool take_attempt(struct watch *watch, uint64_t flow_id, const char *to, uint64_t time_ns)
{
	const struct sw_identity identity = identity_of(7, 1000, 70);
	const struct observation attempt = attempt_of(&identity, flow_id, endpoint_at(to, 25));

	return held_attempts_take(watch->held, watch->scopes, &attempt, time_ns);
}

static bool take(struct watch *watch, const struct observation *observation, uint64_t time_ns)
{
	return held_attempts_take(watch->held, watch->scopes, observation, time_ns);
}

static const struct observation *next(struct watch *watch, uint64_t time_ns)
{
	return held_attempts_next(watch->held, time_ns, false);
}

static void answer(struct watch *watch, const char *address, uint64_t time_ns)
{
	struct smarthost_answer answer = {.name = "relay.example", .count = 1};

	answer.addresses[0] = endpoint_at(address, 0).address;
	smarthosts_take_answer(watch->smarthosts, &answer, time_ns);
}

static void test_known_destinations_do_not_wait(void **state)
{
	struct watch *watch = *state;

	assert_false(take_attempt(watch, 1, "203.0.113.1", START));
	assert_false(take_attempt(watch, 2, "127.0.0.1", START));
	assert_false(take_attempt(watch, 3, "10.1.2.3", START));
	assert_int_equal(held_attempts_count(watch->held), 0);
	assert_null(next(watch, START + SECOND));
}

static void test_no_names(void **state)
{
	struct watch *watch = *state;
	const struct smarthosts_options none = {.refresh_ns = SECOND, .keep_ns = SECOND};

	assert_int_equal(smarthosts_set(watch->smarthosts, &none), 0);
	assert_false(take_attempt(watch, 1, "203.0.113.9", START));
}

/* Nothing is under way: only the wire is waited for. */
static void test_grace(void **state)
{
	struct watch *watch = *state;

	assert_true(take_attempt(watch, 1, "203.0.113.9", START));
	assert_null(next(watch, START + GRACE - 1));
	const struct observation *attempt = next(watch, START + GRACE);
	assert_non_null(attempt);
	assert_int_equal(attempt->flow_id, 1);
	assert_int_equal(attempt->time_ns, 1); /* its own time stays */
	assert_string_equal(attempt->executable, "/usr/bin/php8.2");
	assert_memory_equal(attempt->argv, "php\0send.php", sizeof("php\0send.php"));
	assert_int_equal(attempt->identity->key.pid, 7);
	assert_null(attempt->cwd);
	assert_null(next(watch, START + GRACE));
}

static void test_waits_for_the_answer(void **state)
{
	struct watch *watch = *state;
	struct smarthost_question question;
	uint64_t now_ns = START + 20 * SECOND; /* the latest answer is not fresh any more */

	assert_true(take_attempt(watch, 1, "203.0.113.9", now_ns));
	assert_true(smarthosts_next_question(watch->smarthosts, now_ns, &question));
	assert_null(next(watch, now_ns + GRACE));
	assert_null(next(watch, now_ns + LONGEST - 1));
	answer(watch, "203.0.113.1", now_ns + GRACE);
	assert_non_null(next(watch, now_ns + GRACE));
}

static void test_confirmed(void **state)
{
	struct watch *watch = *state;

	assert_true(take_attempt(watch, 1, "203.0.113.9", START + 20 * SECOND));
	assert_null(next(watch, START + 20 * SECOND));
	answer(watch, "203.0.113.9", START + 20 * SECOND);
	assert_non_null(next(watch, START + 20 * SECOND)); /* there is nothing more to wait for */
}

static void test_not_for_ever(void **state)
{
	struct watch *watch = *state;
	uint64_t now_ns = START + 20 * SECOND;

	assert_true(take_attempt(watch, 1, "203.0.113.9", now_ns));
	assert_null(next(watch, now_ns + LONGEST - 1));
	assert_non_null(next(watch, now_ns + LONGEST));
}

/* What comes after an attempt that waits is told after it. */
static void test_order(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity other = identity_of(8, 1000, 70);
	const struct sw_identity same = identity_of(7, 1000, 70);
	const struct observation end = end_of(1, SW_OUTCOME_CLOSED);
	const struct observation other_end = end_of(2, SW_OUTCOME_CLOSED);
	const struct observation counters = counters_of(&same, 3);
	const struct observation gone = {.kind = OBSERVATION_ACTOR_GONE, .actor = same.key};
	const struct observation other_gone = {.kind = OBSERVATION_ACTOR_GONE, .actor = other.key};
	static const enum observation_kind expected[] = {OBSERVATION_ATTEMPT, OBSERVATION_END, OBSERVATION_COUNTERS,
							 OBSERVATION_ACTOR_GONE};

	assert_false(take(watch, &end, START));
	assert_true(take_attempt(watch, 1, "203.0.113.9", START));
	assert_true(take(watch, &end, START));
	assert_false(take(watch, &other_end, START));
	assert_true(take(watch, &counters, START));
	assert_false(take(watch, &other_gone, START));
	assert_true(take(watch, &gone, START));
	assert_int_equal(held_attempts_count(watch->held), 4);
	assert_null(next(watch, START));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_int_equal(next(watch, START + GRACE)->kind, expected[i]);
	assert_null(next(watch, START + GRACE));
	assert_false(take(watch, &gone, START + GRACE));
}

static void test_bounded(void **state)
{
	struct watch *watch = *state;

	for (uint64_t i = 1; i <= HELD_ATTEMPTS_MAX; i++)
		assert_true(take_attempt(watch, i, "203.0.113.9", START));
	assert_false(take_attempt(watch, HELD_ATTEMPTS_MAX + 1, "203.0.113.9", START)); /* judged at once */
	assert_non_null(next(watch, START + GRACE));
	assert_true(take_attempt(watch, HELD_ATTEMPTS_MAX + 2, "203.0.113.9", START + GRACE));
}

static void test_end(void **state)
{
	struct watch *watch = *state;

	assert_true(take_attempt(watch, 1, "203.0.113.9", START));
	assert_true(take_attempt(watch, 2, "203.0.113.9", START));
	assert_int_equal(held_attempts_next(watch->held, START, true)->flow_id, 1);
	assert_int_equal(held_attempts_next(watch->held, START, true)->flow_id, 2);
	assert_null(held_attempts_next(watch->held, START, true));
}

/* It may deliver anywhere. */
static void test_mail_server(void **state)
{
	struct watch *watch = *state;
	const struct sw_identity identity = identity_of(7, 1000, 70);
	const struct observation attempt = attempt_of(&identity, 1, endpoint_at("203.0.113.9", 25));
	struct model_change change;

	assert_int_equal(model_observe(watch->model, watch->scopes, &attempt, &change), 0);
	assert_true(take_attempt(watch, 2, "203.0.113.9", START));
	change.actor->role = ACTOR_ROLE_MTA;
	assert_false(take_attempt(watch, 3, "203.0.113.9", START));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_known_destinations_do_not_wait, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_grace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_waits_for_the_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_confirmed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_for_ever, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mail_server, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("held_attempts", tests, NULL, NULL);
}
