// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "envelope-rate"

static void mails(struct talk *talk, int count, uint64_t gap_ns)
{
	for (int i = 0; i < count; i++) {
		say_mail(talk);
		talk->time_ns += gap_ns;
	}
}

static void test_threshold(void **state)
{
	struct talk *talk = *state;

	mails(talk, 9, SECOND);
	assert_silent(talk, RULE);
	connect_to(talk, "198.51.99.25", 25); /* over whatever connection */
	mails(talk, 1, SECOND);
	assert_said(talk, RULE, ALERT_SEVERITY_HIGH, "10 MAIL in 60 s");
	mails(talk, 4, SECOND);
	assert_int_equal(count_of(talk, RULE), 14);
	assert_said(talk, RULE, ALERT_SEVERITY_HIGH, "14 MAIL in 60 s");
}

static void test_slow(void **state)
{
	struct talk *talk = *state;

	mails(talk, 100, 7 * SECOND);
	assert_silent(talk, RULE);
}

/* Two hundred sites of one user send a little each; so do machines behind this one. */
static void test_apart(void **state)
{
	struct talk *talk = *state;
	char text[64];

	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "/var/www/%d.com/x.php", i);
		run_script(talk, text, NULL);
		mails(talk, 3, SECOND / 100);
	}
	for (int i = 1; i < 100; i++) {
		snprintf(text, sizeof(text), "10.0.0.%d", i);
		speak_from(talk, ACTOR_ORIGIN_FORWARDED, text);
		mails(talk, 3, SECOND / 100);
	}
	assert_silent(talk, RULE);
	mails(talk, 7, SECOND);
	assert_int_equal(count_of(talk, RULE), 10);
}

static void test_who_and_where(void **state)
{
	struct talk *talk = *state;

	talk->actor.role = ACTOR_ROLE_MTA;
	mails(talk, 20, 1);
	talk->actor.role = ACTOR_ROLE_APPLICATION;
	talk->flow.scope = SW_SCOPE_SMARTHOST;
	mails(talk, 20, 1);
	talk->flow.scope = SW_SCOPE_HOST;
	mails(talk, 20, 1);
	assert_silent(talk, RULE);
	talk->flow.scope = SW_SCOPE_EXTERNAL;
	mails(talk, 10, 1);
	assert_int_equal(count_of(talk, RULE), 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_threshold),
		TALK_TEST(test_slow),
		TALK_TEST(test_apart),
		TALK_TEST(test_who_and_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("envelope_rate", tests, NULL, NULL);
}
