// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/line.h"

#include "hostile.h"
#include "shop.h"

static void assert_alert(const struct alert *alert, const char *expected)
{
	char line[LINE_SIZE];

	line_of_alert(alert, line);
	assert_string_equal(line, expected);
}

static void test_alert(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	assert_alert(&alert, "ALERT rule=direct-to-mx severity=high user=shop42 uid=1042 pid=4121 "
			     "exe=/usr/sbin/php-fpm8.2 site=shop42.example script=/var/www/shop42/x.php "
			     "url=\"/x.php?id=7\" method=POST dst=203.0.113.25:25 count=3 networks=3 phase=risen "
			     "since=2026-11-22T03:12:04.123Z unit=php8.2-fpm.service comm=php-fpm8.2 "
			     "argv=\"php-fpm: pool shop42\" parent=php-fpm8.2[812] script_source=php-request");
}

static void set_everything(struct actor *actor, struct alert *alert)
{
	actor->identity.euid = 0;
	actor->identity.exe_links = 0;
	actor->identity.flags = SW_IDENTITY_ADOPTED | SW_IDENTITY_USER_NAMESPACE;
	actor->argv = (char *)"php\0/var/www/x y.php\0";
	actor->argv_size = sizeof("php\0/var/www/x y.php");
	actor->is_replaced = true;
	snprintf(actor->owner_name, sizeof(actor->owner_name), "alice");
	actor->script->inherited = true;
	actor->script->claimed = true;
	actor->script->deleted = true;
	actor->script->cut = true;
	actor->unit->container_name = (char *)"web";
	alert->severity = ALERT_SEVERITY_CRITICAL;
	alert->phase = ALERT_ENDED;
	alert->remote = endpoint_at("2001:db8::25", 25);
	alert->count = UINT64_MAX;
	alert->networks = 32;
	alert->networks_capped = true;
	alert->more_actors = true;
	alert->evidence = "never seen before";
	alert->incident = shop_incident();
}

static void test_alert_with_everything(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	(void)state;
	set_everything(&actor, &alert);
	assert_alert(&alert,
		     "ALERT rule=direct-to-mx severity=critical user=shop42 uid=1042 euid=0 "
		     "owner=alice pid=4121 "
		     "exe=/usr/sbin/php-fpm8.2 site=shop42.example script=/var/www/shop42/x.php "
		     "url=\"/x.php?id=7\" method=POST dst=[2001:db8::25]:25 count=18446744073709551615 "
		     "networks=32+ evidence=\"never seen before\" incident=k7x3pq phase=ended "
		     "since=2026-11-22T03:12:04.123Z duration=1h unit=php8.2-fpm.service container=web comm=php-fpm8.2 "
		     "argv=\"php /var/www/x y.php\" parent=php-fpm8.2[812] rules=direct-to-mx,mx-fanout,bad-helo "
		     "incident_count=412 page=yes script_source=php-request "
		     "script_inherited=yes script_claimed=yes script_deleted=yes script_cut=yes exe_deleted=yes "
		     "exe_replaced=yes user_namespace=yes adopted=yes more_actors=yes");
}

/* An incident of one rule has nothing to add but its name; and of many rules those that fit are named. */
static void test_incident(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	struct alert_incident *incident = shop_incident();
	char line[LINE_SIZE];

	(void)state;
	alert.incident = incident;
	incident->rule_count = 1;
	incident->is_paging = false;
	line_of_alert(&alert, line);
	assert_non_null(strstr(line, " networks=3 incident=k7x3pq phase=risen "));
	assert_string_equal(strstr(line, " parent="), " parent=php-fpm8.2[812] script_source=php-request");
	incident->rule_count = ALERT_INCIDENT_RULES_MAX;
	for (size_t i = 0; i < incident->rule_count; i++)
		incident->rules[i] = "a-name-of-forty-characters-that-is-long-";
	line_of_alert(&alert, line);
	assert_non_null(strstr(line, "long-,... incident_count=412 script_source="));
	const char *rules = strstr(line, " rules=");
	assert_non_null(rules);
	assert_int_equal(strstr(rules, ",...") - rules - (long)strlen(" rules="), 2 * 41 - 1);
}

/* How long it lasted: the incident, where the line is its end. */
static void test_duration(void **state)
{
	static const struct {
		enum alert_phase phase;
		bool is_news;
		uint64_t last_wall_ns;
		const char *expected; /* NULL: nothing */
	} cases[] = {
		{ALERT_RAISED, true, SHOP_WALL_NS + 1000000000, NULL},
		{ALERT_CONTINUING, true, SHOP_WALL_NS + 1000000000, NULL},
		{ALERT_ENDED, false, SHOP_WALL_NS + 59999000000, " duration=59s unit="},
		{ALERT_ENDED, false, SHOP_WALL_NS, " duration=0s unit="},
		{ALERT_ENDED, false, SHOP_WALL_NS - 1, " duration=0s unit="},
		{ALERT_ENDED, false, SHOP_WALL_NS + 2310000000000, " duration=38m unit="},
		{ALERT_ENDED, true, SHOP_WALL_NS + 2310000000000, " duration=1h38m unit="},
		{ALERT_ENDED, false, SHOP_WALL_NS + 7200000000000, " duration=2h unit="},
		{ALERT_ENDED, false, SHOP_WALL_NS + 273600000000000, " duration=3d4h unit="},
	};
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	char line[LINE_SIZE];

	(void)state;
	alert.incident = shop_incident();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		alert.phase = cases[i].phase;
		alert.is_news = cases[i].is_news;
		alert.last_wall_ns = cases[i].last_wall_ns;
		line_of_alert(&alert, line);
		if (cases[i].expected)
			assert_non_null(strstr(line, cases[i].expected));
		else
			assert_null(strstr(line, "duration="));
	}
}

/* The part of a line from `first` up to `last`. */
static void assert_between(const char *line, const char *first, const char *last, const char *expected)
{
	const char *start = strstr(line, first);
	const char *end = start ? strstr(start, last) : NULL;

	if (!end)
		fail_msg("no %s and %s in: %s", first, last, line);
	assert_int_equal(end - start, strlen(expected));
	assert_memory_equal(start, expected, strlen(expected));
}

static void assert_script(struct script *script, const char *head, const char *cwd, const char *source)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	char line[LINE_SIZE];

	actor.script = script;
	line_of_alert(&alert, line);
	assert_between(line, " exe=/usr/sbin/php-fpm8.2", " dst=", head);
	assert_between(line, " argv=", " parent=", cwd);
	assert_string_equal(strstr(line, " parent="), source);
}

/* What stands in place of a script that is not known, and where the working directory helps. */
static void test_script_kinds(void **state)
{
	struct script one_liner = {.source = SCRIPT_SOURCE_ARGV, .one_liner = true};
	struct script pool = {.source = SCRIPT_SOURCE_FPM_POOL, .pool = (char *)"shop42", .site = (char *)"s"};
	struct script cwd = {.source = SCRIPT_SOURCE_CWD, .path = (char *)"/srv/then", .site = (char *)"s"};
	struct script url = {.source = SCRIPT_SOURCE_PHP_PROBE, .url = (char *)"/x", .method = (char *)"GET"};
	struct script relative = {.source = SCRIPT_SOURCE_ARGV, .path = (char *)"one_liner=yes"};

	(void)state;
	assert_script(NULL, " exe=/usr/sbin/php-fpm8.2", " argv=\"php-fpm: pool shop42\" cwd=/var/www/shop42",
		      " parent=php-fpm8.2[812]");
	assert_script(&one_liner, " exe=/usr/sbin/php-fpm8.2 one_liner=yes",
		      " argv=\"php-fpm: pool shop42\" cwd=/var/www/shop42",
		      " parent=php-fpm8.2[812] script_source=argv");
	assert_script(&pool, " exe=/usr/sbin/php-fpm8.2 site=s pool=shop42",
		      " argv=\"php-fpm: pool shop42\" cwd=/var/www/shop42",
		      " parent=php-fpm8.2[812] script_source=fpm-pool");
	assert_script(&cwd, " exe=/usr/sbin/php-fpm8.2 site=s cwd=/srv/then", " argv=\"php-fpm: pool shop42\"",
		      " parent=php-fpm8.2[812] script_source=cwd");
	assert_script(&url, " exe=/usr/sbin/php-fpm8.2 url=/x method=GET",
		      " argv=\"php-fpm: pool shop42\" cwd=/var/www/shop42",
		      " parent=php-fpm8.2[812] script_source=php-probe");
	assert_script(&relative, " exe=/usr/sbin/php-fpm8.2 script=\"one_liner=yes\"", " argv=\"php-fpm: pool shop42\"",
		      " parent=php-fpm8.2[812] script_source=argv");
}

#define LONG_ID "4f1e0c93a2d75b684f1e0c93a2d75b684f1e0c93a2d75b684f1e0c93a2d75b6"

static void test_container(void **state)
{
	static const struct {
		const char *id;
		const char *name;
		const char *expected;
	} cases[] = {
		{LONG_ID "8", "shop/web-1/php", " container=shop/web-1/php"},
		{LONG_ID "8", NULL, " container=4f1e0c93a2d7"},
		{LONG_ID, NULL, " container=" LONG_ID},
		{LONG_ID "g", NULL, " container=" LONG_ID "g"},
		{"mail", NULL, " container=mail"},
		{NULL, NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct actor actor = shop_actor();
		struct alert alert = shop_alert(&actor);
		char line[LINE_SIZE];
		char expected[256];

		actor.unit->container_id = (char *)cases[i].id;
		actor.unit->container_name = (char *)cases[i].name;
		line_of_alert(&alert, line);
		snprintf(expected, sizeof(expected), " unit=php8.2-fpm.service%s", cases[i].expected);
		assert_between(line, " unit=", " comm=", expected);
	}
}

/* What counters alone tell: no path, no arguments, no parent, no destination. */
static void test_alert_with_little(void **state)
{
	struct actor actor = {.identity = identity_of(4121, 1042, 7)};
	struct alert alert = {.rule = "direct-to-mx", .actor = &actor, .count = 40, .first_wall_ns = SHOP_WALL_NS};

	(void)state;
	assert_alert(&alert, "ALERT rule=direct-to-mx severity=info user=1042 uid=1042 pid=4121 exe=[8:1:7] count=40 "
			     "phase=raised since=2026-11-22T03:12:04.123Z comm=php");
}

static void test_alert_of_kernel_thread(void **state)
{
	struct actor actor = {.identity = identity_of(33, 0, 0)};
	struct alert alert = {.rule = "direct-to-mx", .actor = &actor, .count = 1, .first_wall_ns = SHOP_WALL_NS};

	(void)state;
	actor.identity.flags = SW_IDENTITY_KERNEL_THREAD;
	memcpy(actor.identity.comm, "kworker/0:1-even", SW_COMM_SIZE);
	assert_alert(&alert, "ALERT rule=direct-to-mx severity=info user=0 uid=0 pid=33 exe=[kworker/0:1-even] "
			     "count=1 phase=raised since=2026-11-22T03:12:04.123Z comm=kworker/0:1-even");
}

/* Arguments end with NUL bytes, which are no part of what is shown; and nothing but those is no argument. */
static void test_argv(void **state)
{
	static const struct {
		const char *argv;
		size_t size;
		const char *expected;
	} cases[] = {
		{"\0\0\0", 3, NULL}, {"   ", 3, NULL},          {"a\0\0b\0\0", 6, "argv=\"a  b\""},
		{"a", 1, "argv=a"},  {"\0a", 2, "argv=\" a\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct actor actor = {.identity = identity_of(4121, 1042, 7)};
		struct alert alert = {.rule = "direct-to-mx", .actor = &actor};
		char line[LINE_SIZE];

		actor.argv = (char *)cases[i].argv;
		actor.argv_size = cases[i].size;
		line_of_alert(&alert, line);
		const char *shown = strstr(line, "argv=");
		if (cases[i].expected)
			assert_string_equal(shown, cases[i].expected);
		else
			assert_null(shown);
	}
}

static void assert_flow(enum flow_moment moment, const struct flow *flow, const struct actor *actor,
			const char *expected)
{
	const struct flow_event event = {.moment = moment, .flow = flow, .actor = actor};
	char line[LINE_SIZE];

	line_of_flow(&event, line);
	assert_string_equal(line, expected);
}

static void test_flow(void **state)
{
	struct actor actor = shop_actor();
	struct flow flow = shop_flow();
	struct flow closed = shop_flow_closed();

	(void)state;
	assert_flow(FLOW_ATTEMPTED, &flow, &actor,
		    "03:12:04.123 attempt     shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 application "
		    "/var/www/shop42/x.php");
	assert_flow(FLOW_ENDED, &closed, &actor,
		    "03:12:04.180 closed      shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 after 57ms, "
		    "sent 1234, received 567");
	assert_flow(FLOW_ATTEMPTED, &flow, NULL, "03:12:04.123 attempt     ? -> 203.0.113.25:25 /var/www/shop42/x.php");
	flow.script = NULL;
	actor.user_name[0] = '\0';
	actor.role = ACTOR_ROLE_RELAY_CLIENT;
	assert_flow(FLOW_ATTEMPTED, &flow, &actor,
		    "03:12:04.123 attempt     1042 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 relay-client");
}

/* A flow's script is its own, whatever the actor runs by now. */
static void test_flow_script(void **state)
{
	struct script one_liner = {.source = SCRIPT_SOURCE_ARGV, .one_liner = true};
	struct script pool = {.source = SCRIPT_SOURCE_FPM_POOL, .pool = (char *)"shop42"};
	struct script cwd = {.source = SCRIPT_SOURCE_CWD, .path = (char *)"/srv/shop42"};
	struct script hostile = {.source = SCRIPT_SOURCE_ARGV, .path = (char *)"pool=shop42 \n"};
	const struct {
		struct script *script;
		const char *expected;
	} cases[] = {
		{NULL, ""},
		{&one_liner, " one_liner=yes"},
		{&pool, " pool=shop42"},
		{&cwd, " cwd=/srv/shop42"},
		{&hostile, " \"pool=shop42 \\x0a\""},
	};
	struct actor actor = shop_actor();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flow flow = shop_flow();
		char expected[256];

		flow.script = cases[i].script;
		flow.adopted = true;
		snprintf(expected, sizeof(expected),
			 "03:12:04.123 adopted     shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 application%s",
			 cases[i].expected);
		assert_flow(FLOW_ATTEMPTED, &flow, &actor, expected);
	}
}

static void test_submission(void **state)
{
	struct actor actor = shop_actor();
	struct submission_event event = shop_submission(&actor);
	char line[LINE_SIZE];

	(void)state;
	actor.executable = (char *)"/usr/sbin/sendmail";
	line_of_submission(&event, line);
	assert_string_equal(line, "03:12:04.123 submission  shop42 /usr/sbin/sendmail[4121] /var/www/shop42/x.php");
	actor.script = NULL;
	line_of_submission(&event, line);
	assert_string_equal(line, "03:12:04.123 submission  shop42 /usr/sbin/sendmail[4121]");
}

/* What was said, and how much of that is known. */
static void test_flow_with_dialogue(void **state)
{
	struct flow flow = shop_flow();
	struct dialogue nothing = {0};
	struct dialogue heard = {
		.helo = (char *)"shop.example",
		.mechanism = (char *)"LOGIN",
		.mail_domain = (char *)"shop.example",
		.rcpt_domain = (char *)"mx.example",
		.mail_count = 1,
		.rcpt_count = 7,
		.unknown_recipients = 6,
		.reply = {.code = 550, .enhanced = {5, 1, 1}, .text = (char *)"no such user"},
		.lost = true,
	};
	struct dialogue misfit = {.misfit = DIALOGUE_MISFIT_CLIENT_FIRST, .from_middle = true};

	(void)state;
	flow.outcome = SW_OUTCOME_PENDING;
	flow.established = true;
	flow.dialogue = &nothing;
#define PENDING "03:12:04.123 pending     ? -> 203.0.113.25:25 after 0us, sent 0, received 0"
	assert_flow(FLOW_ENDED, &flow, NULL, PENDING);
	flow.dialogue = &heard;
	assert_flow(FLOW_ENDED, &flow, NULL,
		    PENDING
		    " helo=shop.example mail=shop.example rcpt=mx.example rcpts=7 accepted=0 refused=0 auth=LOGIN "
		    "reply=\"550 5.1.1 no such user\" unknown_recipients=6 lost=yes");
	flow.dialogue = &misfit;
	assert_flow(FLOW_ENDED, &flow, NULL, PENDING " misfit=client-first from_middle=yes");
#undef PENDING
}

static void test_flow_that_failed(void **state)
{
	struct flow flow = shop_flow();

	(void)state;
	flow.outcome = SW_OUTCOME_UNREACHABLE;
	flow.duration_ns = 12300000000;
	flow.error = 101;
	assert_flow(FLOW_ENDED, &flow, NULL,
		    "03:12:16.423 unreachable ? -> 203.0.113.25:25 after 12.3s: Network is unreachable");
	flow.error = 0;
	assert_flow(FLOW_ENDED, &flow, NULL, "03:12:16.423 unreachable ? -> 203.0.113.25:25 after 12.3s");
	flow.error = 4095;
	assert_flow(FLOW_ENDED, &flow, NULL, "03:12:16.423 unreachable ? -> 203.0.113.25:25 after 12.3s: ?");
}

static void test_summary(void **state)
{
	struct summary summary = shop_summary();
	char line[LINE_SIZE];

	(void)state;
	line_of_summary(&summary, line);
	assert_string_equal(
		line, "watched for 4m10s: attempts 12, users 2, established 9, closed 8, refused 3; alert lines 4\n"
		      "records: seen 32 = delivered 25 + thinned 4 + lost 2 (ring full) + lost 1 (flow map full)");
	summary.books.entries[SW_BOOK_UNCOUNTED_ACTOR] = 6;
	summary.books.entries[SW_BOOK_UNCOUNTED_USER] = 7;
	summary.missed = 8;
	line_of_summary(&summary, line);
	assert_string_equal(strstr(line, "map full)"),
			    "map full); attempts without a counter of their process 6, without one of their user 7; "
			    "calls of the programs that the kernel skipped 8");
}

/* A NUL byte can only be in the arguments; the others end there. */
static void test_nul_in_argv(void **state)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	char line[LINE_SIZE];

	(void)state;
	actor.argv = (char *)"php\0\" user=root\0\n\0";
	actor.argv_size = sizeof("php\0\" user=root\0\n");
	line_of_alert(&alert, line);
	assert_harmless(line, strlen(line));
	assert_non_null(strstr(line, " argv=\"php \\\" user=root \\x0a\" parent="));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_alert_with_everything),
		cmocka_unit_test(test_incident),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_script_kinds),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_alert_with_little),
		cmocka_unit_test(test_alert_of_kernel_thread),
		cmocka_unit_test(test_argv),
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_flow_script),
		cmocka_unit_test(test_submission),
		cmocka_unit_test(test_flow_with_dialogue),
		cmocka_unit_test(test_flow_that_failed),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_nul_in_argv),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("line", tests, set_utc, NULL);
}
