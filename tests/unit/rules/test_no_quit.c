// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "no-quit"

static const struct dialogue left = {.helo_count = 1};
static const struct dialogue polite = {.helo_count = 1, .quit = true};

static void sessions(struct talk *talk, int count, const struct dialogue *dialogue, enum sw_outcome outcome)
{
	for (int i = 0; i < count; i++) {
		connect_to(talk, MX, 25);
		talk->dialogue = *dialogue;
		hang_up(talk, outcome);
		talk->time_ns += SECOND;
	}
}

/* A score makes no line of its own, so the tests make a notice of it. */
static struct talk *tell_it(void **state)
{
	talk_change_rules(*state, "[no-quit]\nseverity = notice at 50% of 10 in 1h\n");
	return *state;
}

static void test_half_of_ten(void **state)
{
	struct talk *talk = tell_it(state);

	sessions(talk, 4, &polite, SW_OUTCOME_CLOSED);
	sessions(talk, 5, &left, SW_OUTCOME_CLOSED);
	assert_silent(talk, RULE);
	sessions(talk, 1, &left, SW_OUTCOME_CLOSED);
	assert_said(talk, RULE, ALERT_SEVERITY_NOTICE, "6 of 10 sessions in 1 h without QUIT");
}

static void test_less_than_half(void **state)
{
	struct talk *talk = tell_it(state);

	sessions(talk, 20, &polite, SW_OUTCOME_CLOSED);
	sessions(talk, 19, &left, SW_OUTCOME_CLOSED);
	assert_silent(talk, RULE);
	sessions(talk, 1, &left, SW_OUTCOME_CLOSED);
	assert_said(talk, RULE, ALERT_SEVERITY_NOTICE, "20 of 40 sessions in 1 h without QUIT");
}

/* What cannot be known, or may be the server's doing, is neither for nor against. */
static void test_not_told(void **state)
{
	static const struct {
		struct dialogue dialogue;
		enum sw_outcome outcome;
	} cases[] = {
		{{.helo_count = 1}, SW_OUTCOME_RESET},
		{{.helo_count = 1}, SW_OUTCOME_TIMED_OUT},
		{{.helo_count = 0, .banner_code = 554}, SW_OUTCOME_CLOSED},
		{{.helo_count = 1, .tls = DIALOGUE_TLS_STARTTLS}, SW_OUTCOME_CLOSED},
		{{.helo_count = 1, .lost = true}, SW_OUTCOME_CLOSED},
		{{.helo_count = 1, .from_middle = true}, SW_OUTCOME_CLOSED},
		{{.helo_count = 1, .reply = {.code = 421}}, SW_OUTCOME_CLOSED},
	};
	struct talk *talk = tell_it(state);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		sessions(talk, 20, &cases[i].dialogue, cases[i].outcome);
	sessions(talk, 9, &left, SW_OUTCOME_CLOSED);
	assert_silent(talk, RULE);
	sessions(talk, 9, &polite, SW_OUTCOME_RESET); /* the answer to QUIT was not waited for */
	sessions(talk, 1, &left, SW_OUTCOME_CLOSED);
	assert_said(talk, RULE, ALERT_SEVERITY_NOTICE, "10 of 19 sessions in 1 h without QUIT");
}

static void test_who_and_where(void **state)
{
	struct talk *talk = tell_it(state);

	talk->actor.role = ACTOR_ROLE_MTA;
	sessions(talk, 40, &left, SW_OUTCOME_CLOSED);
	talk->actor.role = ACTOR_ROLE_APPLICATION;
	for (int i = 0; i < 40; i++) {
		connect_to(talk, MX, 25);
		talk->flow.scope = SW_SCOPE_INTERNAL;
		talk->dialogue = left;
		hang_up(talk, SW_OUTCOME_CLOSED);
	}
	assert_silent(talk, RULE);
}

/* It is named where something else has fired, and says nothing alone. */
static void test_score(void **state)
{
	struct talk *talk = *state;

	sessions(talk, 20, &left, SW_OUTCOME_CLOSED);
	rules_finish(talk->rules);
	assert_int_equal(talk->log.count, 0);
	connect_to(talk, MX, 25);
	say_helo(talk, "localhost");
	rules_finish(talk->rules);
	const struct alert_incident *incident = &talk->log.lines[talk->log.count - 1].incident;
	assert_int_equal(incident->rule_count, 2);
	assert_string_equal(incident->rules[1], "bad-helo");
	assert_string_equal(incident->rules[0], RULE);
	assert_int_equal(incident->severity, ALERT_SEVERITY_WARNING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_half_of_ten),   TALK_TEST(test_less_than_half), TALK_TEST(test_not_told),
		TALK_TEST(test_who_and_where), TALK_TEST(test_score),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("no_quit", tests, NULL, NULL);
}
