// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "impossible-helo"

static void test_providers(void **state)
{
	static const char *const names[] = {
		"gmail.com",
		"ymail.com",
		"me.com",
		"yandex.ru",
		"GMAIL.COM.",
		"yahoo.com",
		"yahoo.co.uk",
		"yahoo.fr",
		"hotmail.com",
		"outlook.com",
		"outlook.de",
		"aol.com",
		"gmx.net",
		"gmx.at",
		"web.de",
		"mail.ru",
		"qq.com",
		"icloud.com",
		"mail.google.com",
		"mta7.am0.yahoodns.net",
		"x.mail.protection.outlook.com",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!greeting_of(state, RULE, names[i]))
			fail_msg("%s is possible", names[i]);
}

static void test_others(void **state)
{
	static const char *const names[] = {
		"",
		".",
		"shop42.com",
		"notgmail.com",
		"gmail.com.evil.net",
		"gmail",
		"gmail.",
		"mail.gmx.customer.net",
		"x.bc.googleusercontent.com",
		"c-1.comcast.net",
		"web.de.vu",
		"vm1.web.de.cloudapp.net",
		"yahoo.shop42.com",
		"[203.0.113.25]",
		"localhost",
		HOST_NAME,
		"hosting.com",
		"\xff\x01",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (greeting_of(state, RULE, names[i]))
			fail_msg("%s is impossible", names[i]);
}

static void test_evidence(void **state)
{
	struct talk *talk = *state;

	name_server(talk, "gmail-smtp-in.l.google.com", "gmail.com");
	say_helo(talk, "gmail.com");
	assert_said(talk, RULE, ALERT_SEVERITY_CRITICAL,
		    "EHLO gmail.com to gmail-smtp-in.l.google.com, a mailbox provider's name");
	assert_int_equal(line_of(talk, RULE)->alert.remote.port, 25);
}

static void test_no_name_known(void **state)
{
	struct talk *talk = *state;
	struct dialogue_event event = {.kind = DIALOGUE_HELO, .name = "yahoo.com"};

	name_server(talk, "", "");
	talk->flow.dialogue = NULL; /* there was no memory for it */
	say(talk, &event);
	assert_said(talk, RULE, ALERT_SEVERITY_CRITICAL, "HELO yahoo.com to 203.0.113.25, a mailbox provider's name");
	say_rcpt(talk, "yahoo.com");
	assert_int_equal(count_of(talk, RULE), 1);
}

static void test_recipient(void **state)
{
	struct talk *talk = *state;

	say_helo(talk, "Victim.Net");
	say_rcpt(talk, "other.net");
	assert_silent(talk, RULE);
	say_rcpt(talk, "victim.net");
	assert_said(talk, RULE, ALERT_SEVERITY_CRITICAL, "EHLO Victim.Net to mx.receiver.com, the recipient's domain");
	say_rcpt(talk, "sub.victim.net");
	assert_int_equal(count_of(talk, RULE), 1);
}

static void test_receiver(void **state)
{
	static const char *const names[] = {"mx.receiver.com", "receiver.com", "MX.receiver.com."};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_non_null(strstr(greeting_of(state, RULE, names[i]), ", the receiver's own name"));
	assert_null(greeting_of(state, RULE, "www.receiver.com"));
}

static void test_rcpt_before_helo(void **state)
{
	struct talk *talk = *state;

	say_rcpt(talk, "victim.net");
	say_rcpt(talk, "");
	assert_silent(talk, RULE);
}

/* A form of a site writes to its owner's mailbox, which lies elsewhere. */
static void test_own_site(void **state)
{
	struct talk *talk = *state;

	run_script(talk, "/var/www/shop42.com/htdocs/index.php", "shop42.com");
	name_server(talk, "mx.shop42.com", "shop42.com");
	say_helo(talk, "www.shop42.com");
	say_rcpt(talk, "www.shop42.com");
	say_helo(talk, "shop42.com");
	say_rcpt(talk, "shop42.com");
	assert_silent(talk, RULE);
	say_helo(talk, "victim.net");
	say_rcpt(talk, "victim.net");
	assert_int_equal(count_of(talk, RULE), 1);
}

static void test_panel_site(void **state)
{
	struct talk *talk = *state;

	run_script(talk, "/home/u7/public_html/index.php", "u7/shop42");
	say_helo(talk, "www.shop42.com");
	say_rcpt(talk, "www.shop42.com");
	run_script(talk, "/srv/customers/shoes.net/index.php", NULL);
	say_helo(talk, "shoes.net");
	say_rcpt(talk, "shoes.net");
	assert_silent(talk, RULE);
}

/* What is said of a script does not excuse: a file's name, a bot's own word, a provider's name. */
static void test_not_excused(void **state)
{
	struct talk *talk = *state;

	run_script(talk, "/var/www/x/victim.net", NULL);
	say_helo(talk, "victim.net");
	say_rcpt(talk, "victim.net");
	assert_int_equal(count_of(talk, RULE), 1);
	run_script(talk, "/home/x/victim.net/a.php", "victim.net");
	talk->script->claimed = true;
	say_rcpt(talk, "victim.net");
	assert_int_equal(count_of(talk, RULE), 1);
	assert_int_equal(lines_of(talk, RULE), 2); /* another script */
	run_script(talk, "/home/x/gmail.com/a.php", "gmail.com");
	say_helo(talk, "gmail.com");
	assert_int_equal(lines_of(talk, RULE), 3);
}

static void test_own_host(void **state)
{
	struct talk *talk = *state;

	talk_name_host(talk, "mx1.gmx.net"); /* it is the provider */
	say_helo(talk, "mx1.gmx.net");
	say_rcpt(talk, "mx1.gmx.net");
	assert_silent(talk, RULE);
	talk_name_host(talk, NULL);
	say_helo(talk, "mx1.gmx.net");
	assert_int_equal(count_of(talk, RULE), 1);
}

/* On submission ports programs greet with all kinds of names; a provider's toward somebody else stays impossible. */
static void test_submission(void **state)
{
	struct talk *talk = *state;

	connect_to(talk, MX, 587);
	name_server(talk, "smtp.gmail.com", "");
	say_helo(talk, "smtp.gmail.com");
	say_helo(talk, "gmail.com");
	name_server(talk, "", "");
	talk->dialogue.banner = (char *)"smtp.gmail.com ESMTP ready";
	say_helo(talk, "gmail.com");
	name_server(talk, "smtp.provider.com", "provider.com");
	say_helo(talk, "provider.com");
	say_helo(talk, "shop42.com");
	say_rcpt(talk, "shop42.com");
	say_helo(talk, "[127.0.0.1]");
	assert_silent(talk, RULE);
	say_helo(talk, "gmail.com");
	assert_int_equal(count_of(talk, RULE), 1);
}

static void test_who_and_where(void **state)
{
	struct talk *talk = *state;

	talk->actor.role = ACTOR_ROLE_MTA;
	say_helo(talk, "gmail.com");
	talk->actor.role = ACTOR_ROLE_APPLICATION;
	for (enum sw_scope scope = SW_SCOPE_INTERNAL; scope < SW_SCOPE_COUNT; scope++) {
		talk->flow.scope = scope;
		say_helo(talk, "gmail.com");
	}
	assert_silent(talk, RULE);
	talk->flow.scope = SW_SCOPE_EXTERNAL;
	talk->actor.role = ACTOR_ROLE_RELAY_CLIENT;
	say_helo(talk, "gmail.com");
	assert_int_equal(count_of(talk, RULE), 1);
	talk->actor.role = ACTOR_ROLE_UNKNOWN;
	speak_from(talk, ACTOR_ORIGIN_WIRE, "192.0.2.1");
	say_helo(talk, "gmail.com");
	assert_int_equal(lines_of(talk, RULE), 2);
}

static void test_long_name(void **state)
{
	struct talk *talk = *state;
	char name[DIALOGUE_NAME_SIZE];

	memset(name, 'x', sizeof(name));
	memcpy(name + sizeof(name) - sizeof(".google.com"), ".google.com", sizeof(".google.com"));
	name_server(talk, name, "");
	say_helo(talk, name);
	const struct logged_alert *line = line_of(talk, RULE);
	assert_non_null(line);
	assert_non_null(strstr(line->evidence, ", a mailbox provider's name"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_providers),        TALK_TEST(test_others),    TALK_TEST(test_evidence),
		TALK_TEST(test_no_name_known),    TALK_TEST(test_recipient), TALK_TEST(test_receiver),
		TALK_TEST(test_rcpt_before_helo), TALK_TEST(test_own_site),  TALK_TEST(test_panel_site),
		TALK_TEST(test_not_excused),      TALK_TEST(test_own_host),  TALK_TEST(test_submission),
		TALK_TEST(test_who_and_where),    TALK_TEST(test_long_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("impossible_helo", tests, NULL, NULL);
}
