// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

#define RULE "orphan-web"

static struct suspect orphan(uint64_t age_ns)
{
	struct suspect suspect = suspect_of("perl", "/usr/bin/perl", "perl");

	suspect.user_name = "www-data";
	suspect.identity.key.start_ns = START - age_ns;
	suspect.identity.ancestors[0] = (struct sw_ancestor){.pid = 1, .comm = "systemd"};
	return suspect;
}

static void test_web_user(void **state)
{
	struct suspect suspect = orphan(3 * HOUR + 2 * MINUTE + 59 * SECOND);

	(void)state;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "parent is pid 1, running for 3 h 2 min");
	suspect.user_name = "apache";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "parent is pid 1, running for 3 h 2 min");
	suspect.user_name = "shop42";
	assert_silent(RULE, &suspect);
	suspect.user_name = "";
	assert_silent(RULE, &suspect);
	suspect.user_name = "www-dat";
	assert_silent(RULE, &suspect);
}

static void test_age(void **state)
{
	struct suspect suspect = orphan(MINUTE);

	(void)state;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "parent is pid 1, running for 1 min");
	suspect.identity.key.start_ns++;
	assert_silent(RULE, &suspect);
	suspect.identity.key.start_ns = START + 1; /* clocks of two CPUs */
	assert_silent(RULE, &suspect);
	suspect.identity.key.start_ns = 0;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "parent is pid 1, running for 27 h 46 min");
}

static void test_who_may_have_pid_1_for_a_parent(void **state)
{
	struct suspect suspect = orphan(HOUR);

	(void)state;
	suspect.leads_unit = true;
	assert_silent(RULE, &suspect);
	suspect.leads_unit = false;
	suspect.role = ACTOR_ROLE_MTA;
	assert_silent(RULE, &suspect);
	suspect.role = ACTOR_ROLE_RELAY_CLIENT;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "parent is pid 1, running for 1 h 0 min");
	suspect.identity.ancestors[0].pid = 812;
	suspect.identity.ancestors[1].pid = 1;
	assert_silent(RULE, &suspect);
	suspect.identity.ancestors[0].pid = 0;
	assert_silent(RULE, &suspect);
}

static void test_of_a_request(void **state)
{
	struct suspect suspect = orphan(HOUR);

	(void)state;
	suspect.user_name = "shop42";
	suspect.script = script_at(SCRIPT_SOURCE_PHP_REQUEST, "/var/www/x.php");
	suspect.script.inherited = true;
	assert_silent(RULE, &suspect); /* no request: PHP on the command line */
	suspect.script.url = (char *)"/x.php?a=1";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH,
		     "parent is pid 1, running for 1 h 0 min, started by /var/www/x.php");
	suspect.script.path = NULL;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "parent is pid 1, running for 1 h 0 min");
	suspect.script.inherited = false;
	assert_silent(RULE, &suspect);
	suspect.script.inherited = true;
	suspect.script.source = SCRIPT_SOURCE_ARGV;
	assert_silent(RULE, &suspect);
}

/* The age comes from the options, also when they are changed. */
static void test_option(void **state)
{
	struct watch *watch = *state;
	const struct rules_options options = {.cooldown_ns = HOUR, .orphan_age_ns = 2 * HOUR};
	struct suspect suspect = orphan(HOUR);

	rules_set_options(watch->rules, &options);
	attempt(watch, &suspect, MX, 25);
	assert_null(find_line(watch, RULE));
	watch->time_ns += HOUR;
	attempt(watch, &suspect, MX, 25);
	assert_non_null(find_line(watch, RULE));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_web_user),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_who_may_have_pid_1_for_a_parent),
		cmocka_unit_test(test_of_a_request),
		WATCH_TEST(test_option),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("orphan_web", tests, NULL, NULL);
}
