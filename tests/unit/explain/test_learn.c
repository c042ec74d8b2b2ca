// SPDX-License-Identifier: GPL-2.0-only
#include "explain/learn.h"

#include "explain/moment.h"
#include "lines.h"

#include <errno.h>

#define DAY_NS (86400ULL * 1000000000)
#define NOON_NS (1795348800ULL * 1000000000) /* 2026-11-22 12:00:00 UTC */

DEFINE_CLEANUP(struct learn, learn_clear)

/* An honest shop: its contact form sends by a provider. */
static struct learned_flow honest(unsigned int day)
{
	struct learned_flow flow = {
		.kind = LEARNED_ATTEMPT,
		.wall_ns = NOON_NS + day * DAY_NS,
		.who = {.executable = "/usr/sbin/php-fpm8.2",
			.user = "shop42",
			.unit = "php8.2-fpm.service",
			.site = "shop42.example",
			.script = "/var/www/shop42/contact.php",
			.role = "application"},
		.domain = "smtp.relay.example",
		.port = 587,
		.is_external = true,
	};

	assert_int_equal(address_parse("203.0.113.25", &flow.address), 0);
	return flow;
}

static void take(struct learn *learn, struct learned_flow flow)
{
	assert_int_equal(learn_take(learn, &flow), 0);
}

/* Concludes, and prints. Owned by the caller. */
static char *proposal_of(struct learn *learn, uint64_t asked_seconds)
{
	const struct learn_source source = {.what = "a test", .lines = 7, .asked_seconds = asked_seconds};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	learn_conclude(learn);
	learn_print(learn, &source, out);
	fclose(out);
	return text;
}

static void test_honest_site(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	struct learned_flow newsletter = honest(1);

	(void)state;
	for (unsigned int day = 0; day < 3; day++)
		take(owned, honest(day));
	newsletter.who.script = "/var/www/shop42/newsletter.php";
	take(owned, newsletter);
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text, "Nothing of this is in force");
	assert_says(text, "\n# user shop42, /usr/sbin/php-fpm8.2, in php8.2-fpm.service, site shop42.example\n"
			  "# to relay.example, port 587: 4 connections on 3 days, 2026-11-22 to 2026-11-24\n"
			  "# The site's scripts that did:\n"
			  "#     /var/www/shop42/contact.php\n"
			  "#     /var/www/shop42/newsletter.php\n");
	assert_says(text, "\n[allow learned-1]\n"
			  "unit = php8.2-fpm.service\n"
			  "executable = /usr/sbin/php-fpm8.2\n"
			  "user = shop42\n"
			  "site = shop42.example\n"
			  "destination.domain = smtp.relay.example\n"
			  "port = 587\n"
			  "rules = envelope-rate, stolen-submission\n"
			  "reason = learned from a record, and here why it is right\n");
	assert_silent(text, "[allow learned-2]");
	assert_silent(text, "Left out");
	assert_silent(text, "WARNING");
}

/* Names and addresses change, the domain does not. */
static void test_rotating_smarthost(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	char address[32];
	char name[32];

	(void)state;
	for (unsigned int day = 0; day < 8; day++) {
		struct learned_flow flow = honest(day);
		snprintf(address, sizeof(address), "198.51.%u.7", day);
		snprintf(name, sizeof(name), "SMTP%u.relay.example.", 8 - day % 3);
		assert_int_equal(address_parse(address, &flow.address), 0);
		flow.domain = name;
		take(owned, flow);
	}
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text,
		    "\ndestination.domain = smtp6.relay.example, smtp7.relay.example,\n        smtp8.relay.example\n");
	assert_says(text, ": 8 connections on 8 days,");
	assert_silent(text, "[allow learned-2]");
}

/* Without names it is the network, of which those that were seen are listed. */
static void test_without_names(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;

	(void)state;
	for (unsigned int day = 0; day < 4; day++) {
		struct learned_flow flow = honest(day);
		flow.domain = NULL;
		assert_int_equal(address_parse(day % 2 ? "203.0.113.9" : "203.0.113.25", &flow.address), 0);
		take(owned, flow);
	}
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text, "# to 203.0.113.0/24, port 587: 4 connections");
	assert_says(text, "\ndestination = 203.0.113.25, 203.0.113.9\nport = 587\n");
}

/* What makes an otherwise honest group suspicious, by one line of many. */
static void test_left_out(void **state)
{
	static const struct {
		struct learned_flow change; /* what is not zero in it */
		enum learn_reason reason;
	} cases[] = {
		{{.who.is_executable_gone = true}, REASON_GONE},
		{{.who.is_script_gone = true}, REASON_SCRIPT_GONE},
		{{.who.is_script_claimed = true}, REASON_SCRIPT_CLAIMED},
		{{.who.is_one_liner = true}, REASON_NO_PATH},
		{{.who.script = "/var/www/shop42/wp-content/uploads/x.php"}, REASON_SCRIPT_FOLDER},
		{{.who.script = "/tmp/x.php"}, REASON_SCRIPT_FOLDER},
		{{.port = 25}, REASON_DIRECT},
		{{.port = 26}, REASON_PORT},
		{{.kind = LEARNED_ALERT, .is_heavy = true, .rule = "bad-helo", .incident = "k3x9ab"}, REASON_ALERT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct learned_flow *change = &cases[i].change;
		struct learn learn = {0};
		_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
		struct learned_flow flow = honest(1);
		for (unsigned int day = 0; day < 5; day++)
			take(owned, honest(day));
		flow.who.is_executable_gone = change->who.is_executable_gone;
		flow.who.is_script_gone = change->who.is_script_gone;
		flow.who.is_script_claimed = change->who.is_script_claimed;
		flow.who.is_one_liner = change->who.is_one_liner;
		flow.who.script = change->who.script ? change->who.script : flow.who.script;
		flow.port = change->port ? change->port : flow.port;
		flow.kind = change->kind;
		flow.is_heavy = change->is_heavy;
		flow.rule = change->rule;
		flow.incident = change->incident;
		take(owned, flow);
		_cleanup_free_ char *text = proposal_of(owned, 0);
		assert_silent(text, "[allow ");
		assert_says(text, "\n# There is nothing to propose.\n");
		assert_int_equal(owned->group_count, 1);
		assert_true(owned->groups[0]->reasons & 1U << cases[i].reason);
		assert_says(text, "\n# Left out, and why:\n#\n# user shop42, ");
		if (cases[i].reason == REASON_ALERT)
			assert_says(text, "an alert named it (bad-helo, incident k3x9ab)");
	}
}

/* A spammer beside an honest site: the one is left out, the other proposed. */
static void test_spammer_beside_honest(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	char name[32];

	(void)state;
	for (unsigned int i = 0; i < 60; i++) {
		struct learned_flow spam = honest(i % 5);
		snprintf(name, sizeof(name), "mx.victim%u.example", i);
		spam.who.user = "blog7";
		spam.who.site = "blog7.example";
		spam.domain = name;
		spam.port = 587;
		take(owned, spam);
		take(owned, honest(i % 5));
	}
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text, "user = shop42\n");
	assert_silent(text, "user = blog7");
	assert_tells(text, "user blog7, /usr/sbin/php-fpm8.2, in php8.2-fpm.service, site blog7.example: # 60 "
			   "connections to more than 8 destinations");
	assert_says(text, "it went to more than 3 destinations");
}

static void test_limits_of_a_habit(void **state)
{
	static const struct {
		unsigned int days;     /* on which it was seen */
		unsigned int attempts; /* in all */
		unsigned int destinations;
		unsigned int failed; /* of 10 that ended */
		bool is_proposed;
	} cases[] = {
		{2, 3, 1, 0, true},   {1, 30, 1, 0, false}, {2, 2, 1, 0, false}, {3, 9, 3, 0, true},
		{4, 40, 4, 0, false}, {2, 4, 1, 5, true},   {2, 4, 1, 6, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct learn learn = {0};
		_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
		char name[32];
		for (unsigned int j = 0; j < cases[i].attempts; j++) {
			struct learned_flow flow = honest(j / cases[i].destinations % cases[i].days);
			snprintf(name, sizeof(name), "relay%u.example", j % cases[i].destinations);
			flow.domain = name;
			take(owned, flow);
		}
		for (unsigned int j = 0; j < 10; j++) {
			struct learned_flow end = honest(0);
			end.kind = LEARNED_END;
			end.has_failed = j < cases[i].failed;
			take(owned, end);
		}
		_cleanup_free_ char *text = proposal_of(owned, 0);
		assert_int_equal(strstr(text, "[allow learned-1]") != NULL, cases[i].is_proposed);
	}
}

/* An alert that knows no script is about any script of that program and user, and of no one else. */
static void test_alert_without_script(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	struct learned_flow alert = honest(0);

	(void)state;
	for (unsigned int day = 0; day < 5; day++) {
		struct learned_flow other = honest(day);
		other.who.user = "other";
		take(owned, honest(day));
		take(owned, other);
	}
	alert.kind = LEARNED_ALERT;
	alert.is_heavy = true;
	alert.rule = "\xe2\x82\xac\n[allow all]";
	alert.who.site = NULL;
	alert.who.script = NULL;
	take(owned, alert);
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text, "user = other\n");
	assert_silent(text, "user = shop42\n");
	assert_says(text, "an alert named it (?, incident ?)");
}

/* An alert from before the period makes suspicious too. */
static void test_old_alert(void **state)
{
	struct learn learn = {.from_wall_ns = NOON_NS};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	struct learned_flow alert = honest(0);

	(void)state;
	alert.kind = LEARNED_ALERT;
	alert.is_heavy = true;
	alert.wall_ns -= 30 * DAY_NS;
	take(owned, alert);
	for (unsigned int day = 0; day < 5; day++)
		take(owned, honest(day));
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_silent(text, "[allow ");
	assert_says(text, "\n# From 2026-11-22 12:00:00 UTC to ");
}

static void test_who_needs_none(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;

	(void)state;
	for (unsigned int day = 0; day < 5; day++) {
		struct learned_flow mta = honest(day);
		struct learned_flow machine = honest(day);
		struct learned_flow submission = honest(day);
		mta.who.role = "mta";
		machine.who.origin = "forwarded";
		submission.kind = LEARNED_SUBMISSION;
		take(owned, mta);
		take(owned, machine);
		take(owned, submission);
	}
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text, "\n# 5 were mail servers', which need no allowance.\n");
	assert_says(text, "\n# 5 had no process of this host.\n");
	assert_says(text, "it only hands mail to the local mail server");
	assert_silent(text, "[allow ");
}

static void test_smarthost_on_25(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;

	(void)state;
	for (unsigned int day = 0; day < 3; day++) {
		struct learned_flow flow = honest(day);
		flow.port = 25;
		flow.is_external = false;
		take(owned, flow);
	}
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text, "\nport = 25\n");
}

static void test_period(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds; /* 0: it is none */
	} cases[] = {
		{"7d", 604800},      {"12h", 43200}, {"90m", 5400},
		{"30s", 30},         {"7", 0},       {"d", 0},
		{"0d", 0},           {"7dd", 0},     {"-7d", 0},
		{"4000d", 0},        {"7w", 0},      {"99999999999999999999d", 0},
		{"record.jsonl", 0},
	};
	struct learn learn = {.from_wall_ns = NOON_NS};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t seconds = 0;
		assert_int_equal(learn_parse_period(cases[i].text, &seconds), cases[i].seconds != 0);
		assert_int_equal(seconds, cases[i].seconds);
	}
	struct learned_flow old = honest(0);
	old.wall_ns -= 1;
	take(owned, old);
	for (unsigned int day = 3; day < 6; day++)
		take(owned, honest(day));
	_cleanup_free_ char *text = proposal_of(owned, 7 * 86400);
	assert_says(text, "\n# 1 were older than what was asked for.\n");
	assert_tells(text,
		     "WARNING: 7 d were asked for, and the record begins at 2026-11-25 12:00:00 UTC: # it has 2 d.");
	assert_says(text, ": 3 connections on 3 days");
}

static void test_nothing_at_all(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	_cleanup_free_ char *text = proposal_of(owned, 86400);

	(void)state;
	assert_says(text, "WARNING: there is nothing to learn from in it.\n");
	assert_says(text, "There is nothing to propose.\n");
}

/* Names that cannot be written are not proposed, and harm no line. */
static void test_hostile_names(void **state)
{
	static const char *const names[] = {"/srv/a\x1b[2J", "/srv/a\n[allow all]\nuser = x", "/srv/a\"b", "/srv/*"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct learn learn = {0};
		_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
		for (unsigned int day = 0; day < 3; day++) {
			struct learned_flow flow = honest(day);
			flow.who.executable = names[i];
			take(owned, flow);
		}
		_cleanup_free_ char *text = proposal_of(owned, 0);
		assert_says(text, "\n# Not proposed: the executable has ");
		assert_silent(text, "\n[allow");
		assert_null(strchr(text, '\x1b'));
	}
}

/* As many different programs as there is no room for. */
static void test_full_table(void **state)
{
	struct learn learn = {0};
	_cleanup_(cleanup_learn_clear) struct learn *owned = &learn;
	char name[32];

	(void)state;
	for (unsigned int i = 0; i < LEARN_GROUPS_MAX + 5; i++) {
		struct learned_flow flow = honest(0);
		snprintf(name, sizeof(name), "/opt/p%u", i * 7919 % 100003);
		flow.who.executable = name;
		take(owned, flow);
	}
	assert_int_equal(owned->group_count, LEARN_GROUPS_MAX);
	assert_int_equal(owned->beyond_table, 5);
	for (size_t i = 1; i < owned->group_count; i++)
		assert_true(strcmp(owned->groups[i - 1]->executable, owned->groups[i]->executable) < 0);
	_cleanup_free_ char *text = proposal_of(owned, 0);
	assert_says(text, "\n# and 3896 more\n");
}

/* The order of lines makes no difference. */
static void test_order(void **state)
{
	struct learn learns[2] = {0};
	_cleanup_(cleanup_learn_clear) struct learn *first = &learns[0];
	_cleanup_(cleanup_learn_clear) struct learn *second = &learns[1];
	char name[32];

	(void)state;
	for (unsigned int i = 0; i < 90; i++) {
		for (unsigned int j = 0; j < 2; j++) {
			unsigned int number = j ? 89 - i : i;
			struct learned_flow flow = honest(number % 5);
			snprintf(name, sizeof(name), "relay%u.example", number % 3);
			flow.domain = name;
			flow.who.user = number % 2 ? "shop42" : "blog7";
			take(&learns[j], flow);
		}
	}
	_cleanup_free_ char *one = proposal_of(first, 0);
	_cleanup_free_ char *other = proposal_of(second, 0);
	assert_says(one, "[allow learned-6]");
	assert_string_equal(one, other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest_site),
		cmocka_unit_test(test_rotating_smarthost),
		cmocka_unit_test(test_without_names),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_spammer_beside_honest),
		cmocka_unit_test(test_limits_of_a_habit),
		cmocka_unit_test(test_alert_without_script),
		cmocka_unit_test(test_old_alert),
		cmocka_unit_test(test_who_needs_none),
		cmocka_unit_test(test_smarthost_on_25),
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_full_table),
		cmocka_unit_test(test_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("learn", tests, set_utc, NULL);
}
