// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

#define RULE "hidden-executable"

static void test_places(void **state)
{
	static const struct {
		const char *executable;
		const char *evidence;
	} cases[] = {
		{"/tmp/x", "executable under /tmp"},
		{"/tmp/.ICE-unix/a/x", "executable under /tmp"},
		{"/var/tmp/x", "executable under /var/tmp"},
		{"/dev/shm/x", "executable under /dev/shm"},
		{"/run/shm/x", "executable under /run/shm"},
		{"/var/run/shm/x", "executable under /var/run/shm"},
		{"/usr/bin/perl", NULL},
		{"/home/x/tmp/x", NULL},
		{"/tmpfs/x", NULL},
		{"/memfd:x", NULL}, /* with a link: a file of this name */
		{NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suspect suspect = suspect_of("x", cases[i].executable, "x");
		if (cases[i].evidence)
			assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, cases[i].evidence);
		else
			assert_silent(RULE, &suspect);
	}
}

static void test_deleted(void **state)
{
	struct suspect suspect = suspect_of("x", "/usr/bin/x", "x");

	(void)state;
	suspect.identity.exe_links = 0;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "executable deleted, 0 links");
	suspect.executable = NULL;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "executable deleted, 0 links");
	suspect.identity.key.exe_inode = 0; /* it is not known what it executes */
	assert_silent(RULE, &suspect);
}

static void test_memfd(void **state)
{
	static const char evidence[] = "executable is a memfd, no file";
	struct suspect suspect = suspect_of("x", "/memfd:/usr/bin/x", "x");

	(void)state;
	suspect.identity.exe_links = 0;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
	suspect.executable = "memfd:";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
	suspect.is_replaced = true;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, evidence);
}

static void test_package_upgrade(void **state)
{
	struct suspect suspect = suspect_of("php8.2", "/usr/bin/php8.2", "php");

	(void)state;
	suspect.identity.exe_links = 0;
	suspect.is_replaced = true;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_NOTICE, "executable replaced, as by a package upgrade");
	suspect.script = script_at(SCRIPT_SOURCE_ARGV, "/tmp/x.php");
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "script under /tmp");
}

static void test_scripts(void **state)
{
	struct suspect suspect = suspect_of("perl", "/usr/bin/perl", "perl");

	(void)state;
	suspect.cwd = "/tmp";
	assert_silent(RULE, &suspect);
	suspect.script = script_at(SCRIPT_SOURCE_ARGV, "/var/www/../../dev/shm/x.pl");
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "script under /dev/shm");
	suspect.script.inherited = true;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "script under /dev/shm");
	suspect.script.source = SCRIPT_SOURCE_PHP_REQUEST;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "script under /dev/shm");
	suspect.script.source = SCRIPT_SOURCE_PHP_PROBE;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "script under /dev/shm");
	suspect.script.source = SCRIPT_SOURCE_CWD;
	assert_silent(RULE, &suspect);
	suspect.script.source = SCRIPT_SOURCE_FPM_POOL;
	assert_silent(RULE, &suspect);
	suspect.script = script_at(SCRIPT_SOURCE_ARGV, "/tmp");
	suspect.script.one_liner = true;
	suspect.script.path = (char *)"/tmp/x";
	assert_silent(RULE, &suspect);
	suspect.script = script_at(SCRIPT_SOURCE_ARGV, "tmp/x.pl");
	assert_silent(RULE, &suspect);
	suspect.script.path = (char *)"/var/www/x.pl";
	assert_silent(RULE, &suspect);
}

/* Only the end of the path is known: it begins with a slash wherever it lay. */
static void test_path_that_was_cut(void **state)
{
	struct suspect suspect = suspect_of("x", "/tmp/x", "x");

	(void)state;
	suspect.identity.flags = SW_IDENTITY_PATH_CUT;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_WARNING, "executable in a folder too deep to be told");
	suspect.identity.flags |= SW_IDENTITY_PATH_DETACHED;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "executable in a file system that is not mounted");
	suspect.identity.exe_links = 0;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_CRITICAL, "executable deleted, 0 links");
	suspect.is_replaced = true;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_NOTICE, "executable replaced, as by a package upgrade");
}

/* The upgrade's notice does not stay one when the same executable runs something worse. */
static void test_notice_becomes_alarm(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = suspect_of("php8.2", "/usr/bin/php8.2", "php");

	suspect.identity.exe_links = 0;
	suspect.is_replaced = true;
	attempt(watch, &suspect, MX, 25);
	assert_int_equal(find_line(watch, RULE)->alert.severity, ALERT_SEVERITY_NOTICE);
	suspect.identity.key.pid++;
	suspect.is_replaced = false;
	attempt(watch, &suspect, MX, 25);
	assert_int_equal(find_line(watch, RULE)->alert.severity, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(find_line(watch, RULE)->alert.phase, ALERT_RISEN);
	assert_string_equal(find_line(watch, RULE)->evidence, "executable deleted, 0 links");
	assert_int_equal(count_lines(watch, RULE), 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),         cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_memfd),          cmocka_unit_test(test_package_upgrade),
		cmocka_unit_test(test_scripts),        cmocka_unit_test(test_path_that_was_cut),
		WATCH_TEST(test_notice_becomes_alarm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("hidden_executable", tests, NULL, NULL);
}
