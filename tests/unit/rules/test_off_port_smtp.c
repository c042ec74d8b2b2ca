// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "off-port-smtp"

/* Without a flow: of a port that is not watched the kernel side says nothing. */
static void greet(struct talk *talk, const char *name, bool is_extended)
{
	struct dialogue_event event = {.kind = DIALOGUE_OFF_PORT, .name = name, .is_extended = is_extended};
	struct observation observation = {
		.kind = OBSERVATION_DIALOGUE,
		.time_ns = talk->time_ns,
		.remote = endpoint_at(MX, 2526),
		.dialogue = &event,
	};
	struct model_change change = {.actor = &talk->actor};

	assert_int_equal(rules_judge(talk->rules, &observation, &change), 0);
}

static void test_evidence(void **state)
{
	struct talk *talk = *state;

	greet(talk, "shop42.com", true);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "EHLO shop42.com on port 2526");
	assert_int_equal(line_of(talk, RULE)->alert.remote.port, 2526);
	assert_int_equal(talk->log.count, 1);
	speak_from(talk, ACTOR_ORIGIN_WIRE, "192.0.2.1");
	greet(talk, "", false);
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "HELO without a name on port 2526");
}

static void test_long_name(void **state)
{
	struct talk *talk = *state;
	char name[DIALOGUE_NAME_SIZE];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	greet(talk, name, true);
	assert_non_null(strstr(line_of(talk, RULE)->evidence, "x on port 2526"));
}

/* Where there is a flow after all. */
static void test_scope(void **state)
{
	struct talk *talk = *state;
	struct dialogue_event event = {.kind = DIALOGUE_OFF_PORT, .name = "shop42.com"};

	talk->flow.scope = SW_SCOPE_INTERNAL;
	say(talk, &event);
	assert_silent(talk, RULE);
	talk->flow.scope = SW_SCOPE_EXTERNAL;
	say(talk, &event);
	assert_int_equal(count_of(talk, RULE), 1);
}

static void test_mail_server(void **state)
{
	struct talk *talk = *state;

	talk->actor.role = ACTOR_ROLE_MTA;
	greet(talk, "shop42.com", true);
	assert_silent(talk, RULE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_evidence),
		TALK_TEST(test_long_name),
		TALK_TEST(test_scope),
		TALK_TEST(test_mail_server),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("off_port_smtp", tests, NULL, NULL);
}
