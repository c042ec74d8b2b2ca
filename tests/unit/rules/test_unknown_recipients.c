// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "unknown-recipients"

static const struct dialogue_event unknown = {
	.stage = DIALOGUE_STAGE_RCPT, .code = 550, .enhanced = {5, 1, 1}, .text = "no"};

static void rcpts(struct talk *talk, int taken, int refused, uint64_t gap_ns)
{
	for (int i = 0; i < taken + refused; i++) {
		say_rcpt(talk, "victim.net");
		if (i >= taken)
			hear(talk, &unknown);
		talk->time_ns += gap_ns;
	}
}

static void test_five_and_half(void **state)
{
	struct talk *talk = *state;

	rcpts(talk, 0, 4, SECOND);
	assert_silent(talk, RULE);
	rcpts(talk, 5, 1, SECOND);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "5 unknown of 10 recipients in 1 h");
}

static void test_less_than_half(void **state)
{
	struct talk *talk = *state;

	rcpts(talk, 6, 5, SECOND);
	rcpts(talk, 900, 88, SECOND);
	assert_silent(talk, RULE);
}

static void test_window(void **state)
{
	struct talk *talk = *state;

	rcpts(talk, 0, 20, 16 * MINUTE);
	assert_silent(talk, RULE);
}

static void test_a_hundred(void **state)
{
	struct talk *talk = *state;

	rcpts(talk, 1500, 99, SECOND);
	assert_silent(talk, RULE);
	rcpts(talk, 0, 1, SECOND);
	assert_said(talk, RULE, ALERT_SEVERITY_CRITICAL, "100 unknown of 1600 recipients in 1 h");
}

/* A mail server is judged too, but its hundred must not be one of thousands. */
static void test_mail_server(void **state)
{
	struct talk *talk = *state;

	talk->actor.role = ACTOR_ROLE_MTA;
	rcpts(talk, 2000, 200, SECOND);
	assert_silent(talk, RULE);
	rcpts(talk, 0, 23, SECOND);
	assert_said(talk, RULE, ALERT_SEVERITY_CRITICAL, "223 unknown of 2223 recipients in 1 h");
	talk->actor.identity.key.uid++;
	rcpts(talk, 0, 5, SECOND);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "5 unknown of 5 recipients in 1 h");
}

/* How many of five such replies to five recipients make the rule fire. */
static uint64_t firings_of(void **state, const struct dialogue_event *reply)
{
	talk_tear_down(state);
	assert_int_equal(talk_set_up(state), 0);
	for (int i = 0; i < 5; i++) {
		say_rcpt(*state, "victim.net");
		hear(*state, reply);
	}
	return count_of(*state, RULE);
}

#define RCPT_REPLY(...)                                   \
	{                                                 \
		.stage = DIALOGUE_STAGE_RCPT, __VA_ARGS__ \
	}

static void test_says_unknown(void **state)
{
	static const struct dialogue_event replies[] = {
		RCPT_REPLY(.code = 550, .enhanced = {5, 1, 1}, .text = ""),
		RCPT_REPLY(.code = 553, .enhanced = {5, 1, 1}, .text = "sorry"),
		RCPT_REPLY(.code = 550, .enhanced = {5, 1, 1}, .text = "", .class = REPLY_CLASS_IGNORE),
		RCPT_REPLY(.code = 550, .enhanced = {5, 1, 1}, .text = "", .class = REPLY_CLASS_RECEIVER),
		RCPT_REPLY(.code = 550, .text = "User Unknown"),
		RCPT_REPLY(.code = 550, .text = "Requested action not taken: no such user here"),
		RCPT_REPLY(.code = 551, .text = "<a@b.c>: mailbox does not exist"),
		RCPT_REPLY(.code = 553, .text = "unknown recipient"),
		RCPT_REPLY(.code = 550, .text = "Unrouteable address"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(replies); i++)
		if (firings_of(state, &replies[i]) != 5)
			fail_msg("%d %s is not understood", replies[i].code, replies[i].text);
}

static void test_says_something_else(void **state)
{
	static const struct dialogue_event replies[] = {
		RCPT_REPLY(.code = 450, .enhanced = {4, 1, 1}, .text = "user unknown"),
		RCPT_REPLY(.code = 550, .enhanced = {5, 7, 1}, .text = "user unknown"),
		RCPT_REPLY(.code = 550, .enhanced = {5, 1, 2}, .text = "user unknown"),
		RCPT_REPLY(.code = 550, .enhanced = {5, 2, 1}, .text = "disabled"),
		RCPT_REPLY(.code = 450, .text = "user unknown"),
		RCPT_REPLY(.code = 554, .text = "user unknown"),
		RCPT_REPLY(.code = 550, .text = "relay access denied"),
		RCPT_REPLY(.code = 550, .text = "sender verify failed: no such user"),
		RCPT_REPLY(.code = 550, .text = "Domain does not exist"),
		RCPT_REPLY(.code = 550, .text = ""),
		RCPT_REPLY(.code = 550, .enhanced = {5, 1, 1}, .text = "", .class = REPLY_CLASS_BLOCK),
		RCPT_REPLY(.code = 550, .text = "user unknown, listed at", .class = REPLY_CLASS_DNSBL),
		{.stage = DIALOGUE_STAGE_MAIL, .code = 550, .enhanced = {5, 1, 1}, .text = "user unknown"},
		{.stage = DIALOGUE_STAGE_BANNER, .code = 550, .text = "user unknown"},
		{.stage = DIALOGUE_STAGE_OTHER, .code = 550, .text = "user unknown"}, /* VRFY */
	};

	for (size_t i = 0; i < ARRAY_SIZE(replies); i++)
		if (firings_of(state, &replies[i]) != 0)
			fail_msg("%d %s is taken for an unknown recipient", replies[i].code, replies[i].text);
}

static void test_where(void **state)
{
	struct talk *talk = *state;

	talk->flow.scope = SW_SCOPE_SMARTHOST;
	rcpts(talk, 0, 200, SECOND);
	talk->flow.scope = SW_SCOPE_HOST;
	rcpts(talk, 0, 200, SECOND);
	assert_silent(talk, RULE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_five_and_half),       TALK_TEST(test_less_than_half), TALK_TEST(test_window),
		TALK_TEST(test_a_hundred),           TALK_TEST(test_mail_server),    TALK_TEST(test_says_unknown),
		TALK_TEST(test_says_something_else), TALK_TEST(test_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("unknown_recipients", tests, NULL, NULL);
}
