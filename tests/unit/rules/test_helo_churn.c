// SPDX-License-Identifier: GPL-2.0-only
#include "rules/talk.h"

#define RULE "helo-churn"

static void test_steps(void **state)
{
	struct talk *talk = *state;

	say_helo(talk, "a.com");
	say_helo(talk, "b.com");
	say_helo(talk, "A.com");
	say_helo(talk, "b.com.");
	assert_silent(talk, RULE);
	talk->actor.identity.key.pid++; /* another worker of the same */
	say_helo(talk, "c.com");
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "3 EHLO names in 1 h: a.com b.com c.com");
	say_helo(talk, "d.com");
	say_helo(talk, "e.com");
	assert_said(talk, RULE, ALERT_SEVERITY_CRITICAL, "5 EHLO names in 1 h: a.com b.com c.com d.com e.com");
	assert_int_equal(line_of(talk, RULE)->alert.phase, ALERT_RISEN);
}

static void test_window(void **state)
{
	struct talk *talk = *state;

	say_helo(talk, "a.com");
	say_helo(talk, "b.com");
	talk->time_ns += HOUR;
	say_helo(talk, "c.com");
	say_helo(talk, "d.com");
	assert_silent(talk, RULE);
	say_helo(talk, "e.com");
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "3 EHLO names in 1 h: c.com d.com e.com");
}

static void test_own_names(void **state)
{
	static const char *const own[] = {HOST_NAME,      "VPS7.hosting.com", "hosting.com",
					  "localhost",    "[127.0.0.1]",      "localhost.localdomain",
					  "shop42.co.uk", "www.shop42.co.uk", "",
					  "[IPv6:::1]"};
	struct talk *talk = *state;

	run_script(talk, "/var/www/shop42.co.uk/index.php", "shop42.co.uk");
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		say_helo(talk, own[i]);
	say_helo(talk, "other.co.uk");
	say_helo(talk, "third.co.uk");
	assert_silent(talk, RULE);
	say_helo(talk, "fourth.co.uk");
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "3 EHLO names in 1 h: other.co.uk third.co.uk fourth.co.uk");
}

/* Virtual hosts whose names DNS has at this host's address. */
static void test_names_by_address(void **state)
{
	struct talk *talk = *state;

	for (int i = 0; i < 10; i++) {
		char name[32];
		const struct dialogue_event event = {.kind = DIALOGUE_HELO, .name = name, .is_extended = true};

		snprintf(name, sizeof(name), "site%d.com", i);
		judge(talk, &event, (struct model_change){.greets_by_address = true});
	}
	assert_silent(talk, RULE);
}

/* Two hundred sites of one user and one PHP, each with the names that PHP's mailers take, by whatever layout. */
static void test_honest_sites(void **state)
{
	struct talk *talk = *state;
	char path[64], site[64], name[64];

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 200; i++) {
			bool is_known = i % 2;
			snprintf(path, sizeof(path), is_known ? "/home/u%d/web/x.php" : "/srv/www%d.com/x.php", i);
			snprintf(site, sizeof(site), "u%d", i);
			connect_to(talk, MX, round == 0 ? 25 : 587);
			run_script(talk, path, is_known ? site : NULL);
			snprintf(name, sizeof(name), "www%d.com", i);
			say_helo(talk, name);
			say_helo(talk, "localhost");
			say_helo(talk, HOST_NAME);
		}
	}
	assert_silent(talk, RULE);
	assert_null(line_of(talk, "impossible-helo"));
	assert_null(line_of(talk, "dynamic-helo"));
	assert_null(line_of(talk, "envelope-rate"));
	assert_null(line_of(talk, "no-quit"));
}

/* A bot whose file anybody can have made says itself what its script is. */
static void test_claimed_script(void **state)
{
	struct talk *talk = *state;
	static const char *const names[] = {"a.com", "b.com", "c.com"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		run_script(talk, "/home/x/a.com/b.com/c.com/x", names[i]);
		talk->script->claimed = true;
		say_helo(talk, names[i]);
	}
	assert_int_equal(count_of(talk, RULE), 3);
}

static void test_many_long_names(void **state)
{
	struct talk *talk = *state;
	char name[DIALOGUE_NAME_SIZE];

	for (int i = 0; i < 40; i++) {
		memset(name, 'x', sizeof(name) - 1);
		name[sizeof(name) - 1] = '\0';
		name[i % 30] = '.';
		say_helo(talk, name);
	}
	rules_finish(talk->rules);
	const struct logged_alert *line = line_of(talk, RULE);
	assert_non_null(line);
	assert_memory_equal(line->evidence, "30 EHLO names in 1 h: ", 22);
	assert_string_equal(line->evidence + strlen(line->evidence) - 4, " ...");
	assert_true(strlen(line->evidence) < 160);
}

static void test_who_and_where(void **state)
{
	static const char *const names[] = {"a.com", "b.com", "c.com", "d.com"};
	struct talk *talk = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		talk->actor.role = ACTOR_ROLE_MTA;
		say_helo(talk, names[i]);
		talk->actor.role = ACTOR_ROLE_APPLICATION;
		talk->flow.scope = SW_SCOPE_SMARTHOST;
		say_helo(talk, names[i]);
		talk->flow.scope = SW_SCOPE_EXTERNAL;
		talk->actor.identity.key.uid++;
		say_helo(talk, names[i]);
	}
	assert_silent(talk, RULE);
}

/* Each machine behind this one has its own name. */
static void test_sources(void **state)
{
	struct talk *talk = *state;
	char text[32];

	for (int i = 1; i < 20; i++) {
		snprintf(text, sizeof(text), "192.168.122.%d", i);
		speak_from(talk, ACTOR_ORIGIN_FORWARDED, text);
		snprintf(text, sizeof(text), "guest%d.com", i);
		say_helo(talk, text);
	}
	assert_silent(talk, RULE);
	say_helo(talk, "a.com");
	say_helo(talk, "b.com");
	assert_said(talk, RULE, ALERT_SEVERITY_WARNING, "3 EHLO names in 1 h: guest19.com a.com b.com");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TALK_TEST(test_steps),           TALK_TEST(test_window),
		TALK_TEST(test_own_names),       TALK_TEST(test_names_by_address),
		TALK_TEST(test_honest_sites),    TALK_TEST(test_claimed_script),
		TALK_TEST(test_many_long_names), TALK_TEST(test_who_and_where),
		TALK_TEST(test_sources),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("helo_churn", tests, NULL, NULL);
}
