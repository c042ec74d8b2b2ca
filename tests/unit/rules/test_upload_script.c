// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

#define RULE "upload-script"

static struct suspect php_running(const char *path)
{
	struct suspect suspect = suspect_of("php-fpm8.2", "/usr/sbin/php-fpm8.2", "php-fpm: pool shop42");

	suspect.script = script_at(SCRIPT_SOURCE_PHP_REQUEST, path);
	return suspect;
}

static void test_folders(void **state)
{
	static const struct {
		const char *path;
		const char *evidence;
	} cases[] = {
		{"/var/www/wp-content/uploads/2026/11/x.php", "script in uploads"},
		{"/var/www/Upload/x.php", "script in upload"},
		{"/var/www/cache/x.php", "script in cache"},
		{"/var/www/img/x.php", "script in img"},
		{"/var/www/images/../images/x.php", "script in images"},
		{"/var/www/tmp/x.php", "script in tmp"},
		{"/var/www/temp/x.php", "script in temp"},
		{"uploads/x.php", "script in uploads"},
		{"/var/www/uploads.php", NULL},
		{"/var/www/uploads", NULL},
		{"/var/www/uploads/../x.php", NULL},
		{"/var/www/imgs/x.php", NULL},
		{"/var/www/x.php", NULL},
		{NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct suspect suspect = php_running(cases[i].path);
		if (cases[i].evidence)
			assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, cases[i].evidence);
		else
			assert_silent(RULE, &suspect);
	}
}

static void test_what_is_php(void **state)
{
	struct suspect suspect = php_running("/var/www/img/x");

	(void)state;
	suspect.script.inherited = true;
	suspect.executable = "/usr/bin/perl";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "script in img");
	suspect.script.source = SCRIPT_SOURCE_PHP_PROBE;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "script in img");
	suspect.script.source = SCRIPT_SOURCE_ARGV;
	assert_silent(RULE, &suspect);
	suspect.executable = "/usr/bin/php8.2";
	assert_silent(RULE, &suspect); /* an ancestor's: who knows what that ran */
	suspect.script.inherited = false;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "script in img");
	suspect.executable = "/usr/local/lsws/bin/lsphp";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "script in img");
	suspect.executable = "/usr/bin/perl";
	suspect.script.inherited = true;
	suspect.script.path = (char *)"/var/www/img/x.PHTML";
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "script in img");
	suspect.script.path = (char *)"/var/www/img.php/x.pl";
	assert_silent(RULE, &suspect);
	suspect = php_running("/var/www/img/x.php");
	suspect.script.source = SCRIPT_SOURCE_CWD;
	assert_silent(RULE, &suspect);
	suspect.script = script_at(SCRIPT_SOURCE_ARGV, "/var/www/img/x.php");
	suspect.script.one_liner = true;
	assert_silent(RULE, &suspect);
}

/* Attempts and submissions alike; the fifth within ten minutes makes it critical. */
/* Without a path the URL tells, if it names a file at all. */
static void test_url_alone(void **state)
{
	char uploaded[] = "/wp-content/uploads/x.php";
	char route[] = "/uploads/list";
	struct suspect suspect = php_running(NULL);

	(void)state;
	suspect.script.url = uploaded;
	assert_fires(RULE, &suspect, ALERT_SEVERITY_HIGH, "script in uploads");
	suspect.script.url = route;
	assert_silent(RULE, &suspect);
}

static void test_five_in_ten_minutes(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = php_running("/var/www/img/x.php");

	for (int i = 0; i < 2; i++) {
		attempt(watch, &suspect, MX, 25);
		attempt(watch, &suspect, "127.0.0.1", 25);
		watch->time_ns += MINUTE;
	}
	/* Of more than a warning people are told when that has lasted. */
	assert_int_equal(count_lines(watch, RULE), 2);
	assert_int_equal(find_line(watch, RULE)->alert.severity, ALERT_SEVERITY_HIGH);
	assert_true(find_line(watch, RULE)->alert.is_news);
	submit(watch, &suspect);
	assert_int_equal(count_lines(watch, RULE), 3);
	assert_int_equal(find_line(watch, RULE)->alert.phase, ALERT_RISEN);
	assert_int_equal(find_line(watch, RULE)->alert.severity, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(find_line(watch, RULE)->alert.count, 5);
}

static void test_five_in_a_longer_time(void **state)
{
	struct watch *watch = *state;
	struct suspect suspect = php_running("/var/www/img/x.php");

	for (int i = 0; i < 20; i++, watch->time_ns += 150 * SECOND)
		attempt(watch, &suspect, MX, 25);
	rules_finish(watch->rules);
	assert_int_equal(find_line(watch, RULE)->alert.severity, ALERT_SEVERITY_HIGH);
	assert_int_equal(find_line(watch, RULE)->alert.count, 20);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folders),         cmocka_unit_test(test_what_is_php),
		cmocka_unit_test(test_url_alone),       WATCH_TEST(test_five_in_ten_minutes),
		WATCH_TEST(test_five_in_a_longer_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("upload_script", tests, NULL, NULL);
}
