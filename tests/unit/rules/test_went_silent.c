// SPDX-License-Identifier: GPL-2.0-only
#include "rules/host_watch.h"

#define SYN_TIMEOUT (127 * SECOND)

static void set_remote(struct host_watch *watch, unsigned int network)
{
	char address[ADDRESS_TEXT_SIZE];

	snprintf(address, sizeof(address), "203.0.%u.25", network % 256);
	watch->flow.remote = endpoint_at(address, 25);
}

static void answered(struct host_watch *watch)
{
	struct observation observation = {.kind = OBSERVATION_ESTABLISHED};
	struct flow flow = watch->flow;
	struct model_change change = {.flow = &flow, .flow_established = true};

	flow.established = true;
	host_judge(watch, &observation, &change);
}

/* The connection that began so long ago ends now. */
static void ended(struct host_watch *watch, enum sw_outcome outcome, uint64_t duration_ns)
{
	struct observation observation = {.kind = OBSERVATION_END, .outcome = outcome, .duration_ns = duration_ns};
	struct model_change change = {.flow_ended = true};

	watch->flow.outcome = outcome;
	watch->flow.duration_ns = duration_ns;
	watch->flow.started_ns = watch->time_ns - duration_ns;
	watch->flow.started_wall_ns = host_wall(watch) - duration_ns;
	host_judge(watch, &observation, &change);
}

/* So many connections one after the other, to as many networks in turn. */
static void unanswered(struct host_watch *watch, unsigned int count, unsigned int networks)
{
	for (unsigned int i = 0; i < count; i++) {
		set_remote(watch, i % networks);
		watch->time_ns += SYN_TIMEOUT;
		ended(watch, SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT);
	}
}

static void test_after_an_answer(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	watch->time_ns += 14 * MINUTE;
	unanswered(watch, 9, 3);
	assert_int_equal(watch->log.count, 0);
	unanswered(watch, 1, 1);
	assert_int_equal(watch->log.count, 1);
	assert_string_equal(watch->log.lines[0].alert.rule, "went-silent");
	assert_int_equal(watch->log.lines[0].alert.count, 10);
	assert_int_equal(watch->log.lines[0].alert.networks, 0);
	assert_said(watch, ALERT_SEVERITY_HIGH,
		    "10 connections to port 25 unanswered since 03:26; last answered 03:12: has the "
		    "provider closed port 25?");
	unanswered(watch, 2, 4);
	assert_int_equal(host_last(watch)->alert.count, 12);
	assert_string_equal(host_last(watch)->evidence,
			    "12 connections to port 25 unanswered since 03:26; last answered 03:12: has the "
			    "provider closed port 25?");
}

static void test_never_answered(void **state)
{
	struct host_watch *watch = *state;

	unanswered(watch, 50, 10);
	assert_int_equal(watch->log.count, 0);
}

static void test_answered_long_ago(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	watch->time_ns += DAY;
	unanswered(watch, 20, 5);
	assert_int_equal(watch->log.count, 1);
	host_tear_down(state);
	assert_int_equal(host_set_up(state), 0);
	answered(watch);
	watch->time_ns += DAY + 1;
	unanswered(watch, 50, 10);
	assert_int_equal(watch->log.count, 0);
}

static void test_few_networks(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	unanswered(watch, 50, 2);
	assert_int_equal(watch->log.count, 0);
	unanswered(watch, 3, 3);
	assert_int_equal(watch->log.count, 1);
}

static void test_answer_in_between(void **state)
{
	struct host_watch *watch = *state;

	for (int i = 0; i < 5; i++) {
		answered(watch);
		watch->time_ns += SECOND;
		unanswered(watch, 9, 9);
	}
	assert_int_equal(watch->log.count, 0);
	unanswered(watch, 1, 1);
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(watch->log.lines[0].alert.count, 10);
}

/* It began before port 25 was answered, so it is that receiver alone that is silent. */
static void test_began_before_the_answer(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	for (unsigned int i = 0; i < 20; i++) {
		set_remote(watch, i);
		watch->time_ns += SYN_TIMEOUT - SECOND;
		answered(watch);
		watch->time_ns += SECOND;
		ended(watch, SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT);
	}
	for (unsigned int i = 0; i < 20; i++) {
		set_remote(watch, i);
		ended(watch, SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT);
	}
	unanswered(watch, 9, 3);
	assert_int_equal(watch->log.count, 0);
	watch->time_ns += SECOND;
	unanswered(watch, 1, 3);
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(watch->log.lines[0].alert.count, 10);
}

static void test_slowly(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	for (unsigned int i = 0; i < 40; i++) {
		watch->time_ns += 10 * MINUTE;
		set_remote(watch, i);
		ended(watch, SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT);
	}
	assert_int_equal(watch->log.count, 0);
}

/* The silence lasts: it is still the same after the day in which the answer has to lie before it. */
static void test_for_days(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	watch->time_ns += MINUTE;
	unanswered(watch, 1500, 40);
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(host_last(watch)->alert.count, 1500);
	assert_said(watch, ALERT_SEVERITY_HIGH,
		    "1500 connections to port 25 unanswered since 2026-11-22 03:13; last answered "
		    "2026-11-22 03:12: has the provider closed port 25?");
}

/* An hour without any ends it: what comes then is a new one, too long after the answer. */
static void test_after_a_pause(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	unanswered(watch, 9, 9);
	watch->time_ns += HOUR;
	unanswered(watch, 9, 9);
	assert_int_equal(watch->log.count, 0);
	unanswered(watch, 1, 1);
	assert_int_equal(watch->log.count, 1);
	assert_int_equal(watch->log.lines[0].alert.count, 10);
}

static void test_more_networks_than_are_counted(void **state)
{
	struct host_watch *watch = *state;

	answered(watch);
	for (unsigned int i = 0; i < 100; i++) {
		set_remote(watch, i);
		watch->time_ns += 4 * SECOND;
		ended(watch, SW_OUTCOME_ABORTED, 3 * SECOND);
	}
	assert_said(watch, ALERT_SEVERITY_HIGH,
		    "100 connections to port 25 unanswered since 03:12; last answered 03:12: has the "
		    "provider closed port 25?");
}

static void test_other_endings(void **state)
{
	struct host_watch *watch = *state;
	static const struct {
		enum sw_outcome outcome;
		uint64_t duration_ns;
		bool established;
		enum sw_scope scope;
		uint16_t port;
		bool fires;
	} cases[] = {
		{SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT, false, SW_SCOPE_EXTERNAL, 25, true},
		{SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT, true, SW_SCOPE_EXTERNAL, 25, false},
		{SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT, false, SW_SCOPE_SMARTHOST, 25, false},
		{SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT, false, SW_SCOPE_INTERNAL, 25, false},
		{SW_OUTCOME_TIMED_OUT, SYN_TIMEOUT, false, SW_SCOPE_EXTERNAL, 587, false},
		{SW_OUTCOME_ABORTED, 3 * SECOND, false, SW_SCOPE_EXTERNAL, 25, true},
		{SW_OUTCOME_ABORTED, 3 * SECOND - 1, false, SW_SCOPE_EXTERNAL, 25, false},
		{SW_OUTCOME_REFUSED, SYN_TIMEOUT, false, SW_SCOPE_EXTERNAL, 25, false},
		{SW_OUTCOME_RESET, SYN_TIMEOUT, false, SW_SCOPE_EXTERNAL, 25, false},
		{SW_OUTCOME_UNREACHABLE, SYN_TIMEOUT, false, SW_SCOPE_EXTERNAL, 25, false},
		{SW_OUTCOME_FAILED, SYN_TIMEOUT, false, SW_SCOPE_EXTERNAL, 25, false},
		{SW_OUTCOME_CLOSED, SYN_TIMEOUT, false, SW_SCOPE_EXTERNAL, 25, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		host_tear_down(state);
		assert_int_equal(host_set_up(state), 0);
		answered(watch);
		for (unsigned int j = 0; j < 20; j++) {
			watch->time_ns += SYN_TIMEOUT;
			set_remote(watch, j);
			watch->flow.scope = cases[i].scope;
			watch->flow.remote.port = cases[i].port;
			watch->flow.established = cases[i].established;
			ended(watch, cases[i].outcome, cases[i].duration_ns);
		}
		assert_int_equal(watch->log.count, cases[i].fires);
	}
}

/* Only the world's port 25 says that the world's port 25 is open. */
static void test_other_answers(void **state)
{
	struct host_watch *watch = *state;

	watch->flow.scope = SW_SCOPE_SMARTHOST;
	answered(watch);
	watch->flow.scope = SW_SCOPE_EXTERNAL;
	watch->flow.remote.port = 587;
	answered(watch);
	unanswered(watch, 20, 5);
	assert_int_equal(watch->log.count, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		HOST_TEST(test_after_an_answer),
		HOST_TEST(test_never_answered),
		HOST_TEST(test_answered_long_ago),
		HOST_TEST(test_few_networks),
		HOST_TEST(test_answer_in_between),
		HOST_TEST(test_began_before_the_answer),
		HOST_TEST(test_slowly),
		HOST_TEST(test_for_days),
		HOST_TEST(test_after_a_pause),
		HOST_TEST(test_more_networks_than_are_counted),
		HOST_TEST(test_other_endings),
		HOST_TEST(test_other_answers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("went_silent", tests, NULL, NULL);
}
