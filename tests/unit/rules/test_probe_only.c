// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "probe-only"

/* A session to one of so many networks, of which `dialogue` says what it came to. */
static void session(struct talk *talk, unsigned int network, const struct dialogue *dialogue, enum sw_outcome outcome)
{
	char address[32];

	snprintf(address, sizeof(address), "203.0.%u.25", network);
	connect_to(talk, address, 25);
	talk->dialogue = *dialogue;
	hang_up(talk, outcome);
	talk->time_ns += MINUTE;
}

static void sessions(struct talk *talk, unsigned int count, unsigned int networks, const struct dialogue *dialogue)
{
	for (unsigned int i = 0; i < count; i++)
		session(talk, i % networks, dialogue, SW_OUTCOME_CLOSED);
}

static const struct dialogue probe = {.helo_count = 1, .mail_count = 1, .rcpt_count = 1, .quit = true};

static void test_threshold(void **state)
{
	struct talk *talk = *state;

	sessions(talk, 19, 5, &probe);
	assert_silent(talk, RULE);
	sessions(talk, 1, 5, &probe);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "20 sessions in 1 h with RCPT and no DATA, to 5 networks");
}

static void test_few_networks(void **state)
{
	struct talk *talk = *state;

	sessions(talk, 30, 4, &probe);
	assert_silent(talk, RULE);
	session(talk, 4, &probe, SW_OUTCOME_CLOSED);
	assert_int_equal(count_of(talk, RULE), 31);
}

static void test_slow(void **state)
{
	struct talk *talk = *state;

	for (unsigned int i = 0; i < 100; i++) {
		session(talk, i, &probe, SW_OUTCOME_CLOSED);
		talk->time_ns += 3 * MINUTE;
	}
	assert_silent(talk, RULE);
}

static void test_no_probes(void **state)
{
	static const struct dialogue dialogues[] = {
		{.helo_count = 1, .quit = true},
		{.rcpt_count = 1, .accepted = 1, .quit = true},
		{.rcpt_count = 1, .refusals = 1, .refused = 1, .quit = true}, /* put off or refused, at once */
		{.rcpt_count = 3, .refusals = 1, .reply = {.code = 554, .stage = DIALOGUE_STAGE_DATA}, .quit = true},
		{.rcpt_count = 3, .refusals = 1, .reply = {.code = 550, .stage = DIALOGUE_STAGE_MESSAGE}, .quit = true},
		{.rcpt_count = 1, .message_bytes = 300, .quit = true},
		{.rcpt_count = 1, .lost = true, .quit = true},
		{.rcpt_count = 1, .from_middle = true, .quit = true},
		{.rcpt_count = 1, .tls = DIALOGUE_TLS_STARTTLS},
	};
	struct talk *talk = *state;

	for (size_t i = 0; i < ARRAY_SIZE(dialogues); i++)
		sessions(talk, 30, 10, &dialogues[i]);
	assert_silent(talk, RULE);
}

static void test_how_it_ended(void **state)
{
	struct talk *talk = *state;
	struct dialogue left = probe;

	left.quit = false;
	for (unsigned int i = 0; i < 30; i++) {
		session(talk, i, &left, SW_OUTCOME_RESET);
		session(talk, i, &left, SW_OUTCOME_TIMED_OUT);
	}
	assert_silent(talk, RULE);
	for (unsigned int i = 0; i < 10; i++) {
		session(talk, i, &left, SW_OUTCOME_CLOSED);
		session(talk, i, &probe, SW_OUTCOME_RESET); /* before the answer to QUIT was read */
	}
	assert_int_equal(count_of(talk, RULE), 20);
}

static void test_some_refused(void **state)
{
	struct talk *talk = *state;
	struct dialogue washing = probe;

	washing.rcpt_count = 10;
	washing.refusals = 9;
	washing.reply = (struct dialogue_reply){.code = 550, .stage = DIALOGUE_STAGE_RCPT};
	sessions(talk, 20, 20, &washing);
	assert_int_equal(count_of(talk, RULE), 20);
}

static void test_who_and_where(void **state)
{
	struct talk *talk = *state;

	talk->actor.role = ACTOR_ROLE_MTA; /* callouts, RFC 5321 does not forbid them */
	sessions(talk, 40, 10, &probe);
	talk->actor.role = ACTOR_ROLE_APPLICATION;
	for (unsigned int i = 0; i < 40; i++) {
		connect_to(talk, MX, 25);
		talk->flow.scope = SW_SCOPE_SMARTHOST;
		talk->dialogue = probe;
		hang_up(talk, SW_OUTCOME_CLOSED);
	}
	connect_to(talk, MX, 25);
	talk->flow.dialogue = NULL; /* nothing was heard */
	hang_up(talk, SW_OUTCOME_CLOSED);
	assert_int_equal(talk->log.count, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_threshold),     TALK_TEST(test_few_networks), TALK_TEST(test_slow),
		TALK_TEST(test_no_probes),     TALK_TEST(test_how_it_ended), TALK_TEST(test_some_refused),
		TALK_TEST(test_who_and_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("probe_only", tests, NULL, NULL);
}
