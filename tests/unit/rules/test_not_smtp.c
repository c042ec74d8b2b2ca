// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "not-smtp"

static void misfit(struct talk *talk, enum dialogue_misfit what)
{
	struct dialogue_event event = {.kind = DIALOGUE_NOT_SMTP, .misfit = what};
	say(talk, &event);
}

static void test_misfits(void **state)
{
	struct talk *talk = *state;

	misfit(talk, DIALOGUE_MISFIT_CLIENT_FIRST);
	assert_said(talk, RULE, ALERT_SEVERITY_HIGH, "the client spoke before the server on port 25");
	talk->actor.identity.key.uid++;
	misfit(talk, DIALOGUE_MISFIT_NO_REPLY_CODE);
	assert_said(talk, RULE, ALERT_SEVERITY_HIGH, "the server began without a reply code on port 25");
}

static void test_who_and_where(void **state)
{
	struct talk *talk = *state;

	connect_to(talk, MX, 587);
	misfit(talk, DIALOGUE_MISFIT_CLIENT_FIRST);
	connect_to(talk, MX, 25);
	talk->flow.scope = SW_SCOPE_INTERNAL;
	misfit(talk, DIALOGUE_MISFIT_CLIENT_FIRST);
	talk->flow.scope = SW_SCOPE_EXTERNAL;
	talk->actor.role = ACTOR_ROLE_MTA;
	misfit(talk, DIALOGUE_MISFIT_CLIENT_FIRST);
	assert_silent(talk, RULE);
	talk->actor.role = ACTOR_ROLE_RELAY_CLIENT;
	misfit(talk, DIALOGUE_MISFIT_CLIENT_FIRST);
	assert_int_equal(count_of(talk, RULE), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_misfits),
		TALK_TEST(test_who_and_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("not_smtp", tests, NULL, NULL);
}
