// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "bad-helo"

static void test_bad(void **state)
{
	static const char *const cases[][2] = {
		{"", "EHLO without a name to mx.receiver.com, empty"},
		{".", "EHLO . to mx.receiver.com, empty"},
		{"localhost", "EHLO localhost to mx.receiver.com, not in the world's DNS"},
		{"LOCALHOST.localdomain.", "EHLO LOCALHOST.localdomain. to mx.receiver.com, not in the world's DNS"},
		{"203.0.113.7", "EHLO 203.0.113.7 to mx.receiver.com, an address without brackets"},
		{"2001:db8::1", "EHLO 2001:db8::1 to mx.receiver.com, an address without brackets"},
		{"WIN-7Q2", "EHLO WIN-7Q2 to mx.receiver.com, no dot in it"},
		{"[127.0.0.1]", "EHLO [127.0.0.1] to mx.receiver.com, an internal address"},
		{"[10.1.2.3]", "EHLO [10.1.2.3] to mx.receiver.com, an internal address"},
		{"[169.254.2.3]", "EHLO [169.254.2.3] to mx.receiver.com, an internal address"},
		{"[IPv6:fe80::1]", "EHLO [IPv6:fe80::1] to mx.receiver.com, an internal address"},
		{"[ipv6:::1]", "EHLO [ipv6:::1] to mx.receiver.com, an internal address"},
		{"[]", "EHLO [] to mx.receiver.com, no address in brackets"},
		{"[", "EHLO [ to mx.receiver.com, no address in brackets"},
		{"[IPv6:]", "EHLO [IPv6:] to mx.receiver.com, no address in brackets"},
		{"[ipv6:", "EHLO [ipv6: to mx.receiver.com, no address in brackets"},
		{"[mail.com]", "EHLO [mail.com] to mx.receiver.com, no address in brackets"},
		{"[203.0.113.7", "EHLO [203.0.113.7 to mx.receiver.com, no address in brackets"},
		{"pc.local", "EHLO pc.local to mx.receiver.com, not in the world's DNS"},
		{"pc.fritz.lan", "EHLO pc.fritz.lan to mx.receiver.com, not in the world's DNS"},
		{"ip-10-0-0-1.ec2.internal",
		 "EHLO ip-10-0-0-1.ec2.internal to mx.receiver.com, not in the world's DNS"},
		{"pc.home.arpa", "EHLO pc.home.arpa to mx.receiver.com, not in the world's DNS"},
		{"a.invalid", "EHLO a.invalid to mx.receiver.com, not in the world's DNS"},
		{"a.Invalid", "EHLO a.Invalid to mx.receiver.com, not in the world's DNS"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *evidence = greeting_of(state, RULE, cases[i][0]);
		if (!evidence)
			fail_msg("\"%s\" is good", cases[i][0]);
		assert_string_equal(evidence, cases[i][1]);
		assert_int_equal(line_of(*state, RULE)->alert.severity, ALERT_SEVERITY_WARNING);
	}
}

static void test_good(void **state)
{
	static const char *const names[] = {
		"mail.shop42.com",     "shop42.com.",      "[203.0.113.7]", "[IPv6:2001:db8::7]",   "x.example.com",
		"mail.shop42.example", "local.shop42.com", "latest.de",     "home.arpa.shop42.com", "mylocal.com",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (greeting_of(state, RULE, names[i]))
			fail_msg("\"%s\" is bad", names[i]);
}

/* WordPress and its like hand mail to a provider with what PHP's mailers say. */
static void test_submission(void **state)
{
	static const uint16_t ports[] = {465, 587, 2525};
	struct talk *talk = *state;

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		connect_to(talk, MX, ports[i]);
		say_helo(talk, "localhost");
		say_helo(talk, "localhost.localdomain");
		say_helo(talk, "[127.0.0.1]");
	}
	assert_int_equal(talk->log.count, 0);
}

static void test_who_and_where(void **state)
{
	struct talk *talk = *state;

	talk->actor.role = ACTOR_ROLE_MTA;
	say_helo(talk, "localhost");
	talk->actor.role = ACTOR_ROLE_APPLICATION;
	for (enum sw_scope scope = SW_SCOPE_INTERNAL; scope < SW_SCOPE_COUNT; scope++) {
		talk->flow.scope = scope;
		say_helo(talk, "localhost");
	}
	assert_silent(talk, RULE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_bad),
		TALK_TEST(test_good),
		TALK_TEST(test_submission),
		TALK_TEST(test_who_and_where),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bad_helo", tests, NULL, NULL);
}
