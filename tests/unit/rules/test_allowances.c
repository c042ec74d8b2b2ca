// SPDX-License-Identifier: GPL-2.0-only
/* Whom rules leave alone: for which rules, until when, and what is told of allowances that nobody needs. */
#include "rules/rule_reading.h"
#include "rules/watch.h"
#include "support/log_capture.h"

#include <stdlib.h>
#include <unistd.h>

#define DAY (24 * HOUR)

/* One for each user, one of another name, one that counts, and one of the whole host. */
static const char rules_text[] = "[first]\nlistens = attempt\nseverity = notice\n"
				 "[second]\nlistens = attempt\nalert = first\nport = 26\nseverity = notice\n"
				 "[other]\nlistens = attempt\nseverity = notice\n"
				 "[three]\nlistens = attempt\nseverity = notice at 3 in 10m\n"
				 "[whole]\nlistens = attempt\nper = host\nseverity = notice\n";

static void allow(struct watch *watch, const char *allowances)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s%s", rules_text, allowances);
	assert_int_equal(rules_set_set(watch->rules, read_rules(text)), 0);
}

static struct suspect mailer(void)
{
	return suspect_of("mailer", "/usr/bin/mailer", "mailer");
}

static uint64_t count_of(struct watch *watch, const char *rule)
{
	const struct logged_alert *line;

	rules_finish(watch->rules);
	line = find_line(watch, rule);
	return line ? line->alert.count : 0;
}

static const struct allowance_use *use_of(struct watch *watch)
{
	size_t count;
	const struct allowance_use *uses = allowances_uses(rules_allowances(watch->rules), &count);

	assert_int_equal(count, 1);
	return uses;
}

static void test_those_it_names(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	allow(watch, "[allow a]\nuser = shop42\nrules = other, three\n");
	for (int i = 0; i < 3; i++)
		attempt(watch, &suspect, MX, 25);
	assert_int_equal(count_of(watch, "first"), 3);
	assert_int_equal(count_of(watch, "other"), 0);
	assert_int_equal(count_of(watch, "three"), 0);
	assert_int_equal(count_of(watch, "whole"), 3);
	assert_int_equal(use_of(watch)->count, 6);
}

/* The name under which rules alert is all of them. */
static void test_an_alerts_name(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	allow(watch, "[allow a]\nuser = shop42\nrules = first\n");
	attempt(watch, &suspect, MX, 26);
	assert_int_equal(count_of(watch, "first"), 0);
	assert_int_equal(count_of(watch, "other"), 1);
	allow(watch, "[allow a]\nuser = shop42\nrules = second\n");
	attempt(watch, &suspect, MX, 26);
	assert_int_equal(count_of(watch, "first"), 1);
}

/* But those of the host: that it is blocked is no less true for who was at it. */
static void test_all_rules(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	allow(watch, "[allow a]\nuser = shop42\n");
	for (int i = 0; i < 3; i++)
		attempt(watch, &suspect, MX, 25);
	assert_int_equal(count_of(watch, "whole"), 3);
	assert_int_equal(watch->log.count, 2); /* raised, and its end */
	allow(watch, "[allow a]\nuser = shop42\nrules = whole\n");
	attempt(watch, &suspect, MX, 25);
	assert_int_equal(count_of(watch, "whole"), 3);
	assert_int_equal(count_of(watch, "other"), 1);
}

/* What is allowed adds to no window: else the next one, which is not, would be the third. */
static void test_what_is_allowed_is_not_counted(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	allow(watch, "[allow a]\nuser = shop42\nport = 26\n");
	attempt(watch, &suspect, MX, 25);
	for (int i = 0; i < 9; i++)
		attempt(watch, &suspect, MX, 26);
	attempt(watch, &suspect, MX, 25);
	assert_int_equal(count_of(watch, "three"), 0);
	attempt(watch, &suspect, MX, 25);
	assert_int_equal(count_of(watch, "three"), 3);
	assert_int_equal(count_of(watch, "other"), 3);
	/* first, second, other and three, nine times */
	assert_int_equal(use_of(watch)->count, 36);
}

/* All conditions have to hold, and one of a field that is not known holds only negated. */
static void test_conditions(void **state)
{
	static const struct {
		const char *text;
		bool allows;
	} cases[] = {
		{"[allow a]\nuser = shop42\nport = 25\n", true},
		{"[allow a]\nuser = shop42\nport = 26\n", false},
		{"[allow a]\nuser = shop4\n", false},
		{"[allow a]\nscript = /var/www/*\n", false},
		{"[allow a]\nscript = *\n", false},
		{"[allow a]\nuser = shop42\nscript = *\n", false},
		{"[allow a]\nunit = cron.service\n", false},
		{"[allow a]\nimage = *\n", false},
		{"[allow a]\ndestination.domain = *\n", false},
		{"[allow a]\nscript = not *\n", true},
		{"[allow a]\nuser = shop42\nenabled = no\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		struct suspect suspect = mailer();
		allow(watch, cases[i].text);
		attempt(watch, &suspect, MX, 25);
		if ((find_line(watch, "other") == NULL) != cases[i].allows)
			fail_msg("%s: %s", cases[i].text, cases[i].allows ? "does not allow" : "allows");
	}
}

static void take_a_container(struct suspect *suspect)
{
	suspect->unit = (struct unit){
		.container_runtime = (char *)"docker",
		.container_id = (char *)"0123456789ab",
		.container_name = (char *)"mail",
		.container_image = (char *)"mailcow/postfix:1.72",
	};
}

/* Any file can have the path in a mount namespace of somebody's own; only an allowance that says whose may go by it. */
static void test_the_path_is_the_hosts(void **state)
{
	static const struct {
		const char *text;
		bool allows_elsewhere;
	} cases[] = {
		{"[allow a]\nexecutable = /usr/bin/mailer\n", false},
		{"[allow a]\nexecutable = /usr/bin/*\nuser = shop42\n", false},
		{"[allow a]\nexecutable = /usr/bin/mailer\ncontainer = not web\n", false},
		{"[allow a]\nexecutable = /usr/bin/mailer\ncontainer = *\n", false},
		{"[allow a]\nexecutable = /usr/bin/mailer\nimage = not x\nport = 25\n", false},
		{"[allow a]\nexecutable = /usr/bin/mailer\ncontainer = mail\n", true},
		{"[allow a]\nexecutable = /usr/bin/mailer\nimage = mailcow/postfix:*\n", true},
		{"[allow a]\nuser = shop42\nexecutable = not /usr/bin/perl\n", true},
		{"[allow a]\nuser = shop42\n", true},
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		struct suspect suspect = mailer();
		bool allows = i % 2 == 0 || cases[i / 2].allows_elsewhere;
		take_a_container(&suspect);
		suspect.lacks_host_path = i % 2;
		allow(watch, cases[i / 2].text);
		attempt(watch, &suspect, MX, 25);
		if ((find_line(watch, "other") == NULL) != allows)
			fail_msg("%s: %s%s", cases[i / 2].text, allows ? "does not allow" : "allows",
				 suspect.lacks_host_path ? " elsewhere" : "");
	}
}

/* A preset is switched on by its name, in a local file. */
static void test_presets(void **state)
{
	struct watch *watch = *state;
	char path[] = "/tmp/smtpwatch-unit.XXXXXX";
	static const char text[] = "[allow monit]\nenabled = yes\n";
	struct suspect monit = suspect_of("monit", "/usr/bin/monit", "monit");
	struct rule_set *set = NULL;
	struct ini_error error = {""};
	int fd = mkstemp(path);

	monit.user_name = "root";
	monit.unit.name = (char *)"monit.service";
	attempt(watch, &monit, MX, 25);
	assert_int_equal(count_lines(watch, "direct-to-mx"), 1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	int result = rule_set_load(path, NULL, &set, &error);
	unlink(path);
	if (result)
		fail_msg("%s", error.message);
	assert_int_equal(rules_set_set(watch->rules, set), 0);
	attempt(watch, &monit, MX, 25);
	assert_int_equal(count_of(watch, "direct-to-mx"), 1);
	assert_string_equal(use_of(watch)->name, "monit");
	assert_int_equal(use_of(watch)->count, 1);
	monit.identity.key.pid++;
	monit.user_name = "shop42";
	attempt(watch, &monit, MX, 25);
	assert_int_equal(count_of(watch, "direct-to-mx"), 2);
}

static const char *tick(struct watch *watch, uint64_t time_ns)
{
	static struct log_capture capture;

	log_capture_begin(&capture);
	rules_tick(watch->rules, time_ns, WALL_OF(time_ns));
	return log_capture_end(&capture);
}

/* By the clock of what happens, so that what was recorded is judged as it was then. START is 2023-11-16 02:00. */
static void test_expiry(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	allow(watch, "[allow a]\nuser = shop42\nuntil = 2023-11-16\n");
	watch->time_ns = START + 22 * HOUR - 1;
	attempt(watch, &suspect, MX, 25);
	assert_null(find_line(watch, "other"));
	assert_string_equal(tick(watch, watch->time_ns), "");
	watch->time_ns++;
	attempt(watch, &suspect, MX, 25);
	assert_non_null(find_line(watch, "other"));
	assert_int_equal(use_of(watch)->count, 3); /* of first, other and three */
	assert_string_equal(tick(watch, watch->time_ns),
			    "smtpwatchd: x.conf:19: the allowance a has expired: it allows nothing any more\n");
	assert_string_equal(tick(watch, watch->time_ns + DAY), "");

	/* It is given a day more, and expires again. */
	allow(watch, "[allow a]\nuser = shop42\nuntil = 2023-11-17\n");
	assert_string_equal(tick(watch, watch->time_ns + HOUR), "");
	assert_string_equal(tick(watch, watch->time_ns + DAY),
			    "smtpwatchd: x.conf:19: the allowance a has expired: it allows nothing any more\n");
}

static void test_unused(void **state)
{
	static const char unused[] =
		"smtpwatchd: x.conf:19: nothing has needed the allowance a since 2023-11-16T02:00:00.000Z: it can go\n";
	static const char unused_since[] =
		"smtpwatchd: x.conf:19: nothing has needed the allowance a since 2023-11-20T02:00:00.000Z: it can go\n";
	struct watch *watch = *state;
	struct suspect suspect = mailer();

	allow(watch, "[allow a]\nuser = shop42\nunused_after = 3d\n");
	assert_string_equal(tick(watch, START), "");
	assert_string_equal(tick(watch, START + 3 * DAY - 1), "");
	assert_string_equal(tick(watch, START + 3 * DAY), unused);
	assert_string_equal(tick(watch, START + 30 * DAY), "");
	watch->time_ns = START + 4 * DAY;
	attempt(watch, &suspect, MX, 25);
	assert_string_equal(tick(watch, START + 7 * DAY - 1), "");
	assert_string_equal(tick(watch, START + 7 * DAY), unused_since);
	allow(watch, "[allow a]\nuser = shop42\nunused_after = 3d\nreason = r\n");
	assert_string_equal(tick(watch, START + 8 * DAY), "");
	allow(watch, "[allow a]\nuser = shop42\nunused_after = 5d\n");
	assert_string_equal(tick(watch, START + 8 * DAY), "");
	assert_string_equal(tick(watch, START + 9 * DAY), unused_since);
}

/* What the configuration says is for those of which the section says nothing. */
static void test_unused_by_default(void **state)
{
	static const char says_nothing[] = "[allow a]\nuser = shop42\n";
	static const char says_never[] = "[allow a]\nuser = shop42\nunused_after = 0\n";
	struct watch *watch = *state;
	struct rules_options options = {.cooldown_ns = DAY, .orphan_age_ns = MINUTE};

	allow(watch, says_nothing);
	assert_string_equal(tick(watch, START), "");
	assert_string_equal(tick(watch, START + 1000 * DAY), "");
	options.unused_after_ns = 2 * DAY;
	rules_set_options(watch->rules, &options);
	allow(watch, says_never);
	assert_string_equal(tick(watch, START + 1000 * DAY), "");
	allow(watch, "[allow a]\nuser = shop42\nunused_after = 4d\n");
	assert_string_equal(tick(watch, START + 3 * DAY), "");
	allow(watch, says_nothing);
	assert_string_equal(tick(watch, START + 2 * DAY - 1), "");
	assert_string_not_equal(tick(watch, START + 2 * DAY), "");
}

/* One that has expired is not told to be unused, and a clock that goes back tells nothing. */
static void test_expired_is_not_unused(void **state)
{
	struct watch *watch = *state;

	allow(watch, "[allow a]\nuser = shop42\nuntil = 2023-11-18\nunused_after = 1d\n");
	assert_string_equal(tick(watch, START), "");
	assert_string_equal(tick(watch, START - HOUR), "");
	assert_non_null(strstr(tick(watch, START + DAY), "nothing has needed"));
	assert_non_null(strstr(tick(watch, START + 4 * DAY), "has expired"));
	assert_string_equal(tick(watch, START + 5 * DAY), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WATCH_TEST(test_those_it_names),
		WATCH_TEST(test_an_alerts_name),
		WATCH_TEST(test_all_rules),
		WATCH_TEST(test_what_is_allowed_is_not_counted),
		WATCH_TEST(test_conditions),
		WATCH_TEST(test_the_path_is_the_hosts),
		WATCH_TEST(test_presets),
		WATCH_TEST(test_expiry),
		WATCH_TEST(test_unused),
		WATCH_TEST(test_unused_by_default),
		WATCH_TEST(test_expired_is_not_unused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("allowances", tests, NULL, NULL);
}
