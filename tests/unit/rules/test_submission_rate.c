// SPDX-License-Identifier: GPL-2.0-only
#include "rules/watch.h"

#define RULE "submission-rate"
#define LOCALHOST "127.0.0.1"

/* sendmail, started by a PHP script; each time another process. */
static struct suspect sendmail_of(struct watch *watch, const char *script)
{
	struct suspect suspect = suspect_of("sendmail", "/usr/sbin/sendmail", "/usr/sbin/sendmail");

	suspect.identity.key.pid += (uint32_t)++watch->flows;
	suspect.cwd = "/";
	if (script) {
		suspect.script = script_at(SCRIPT_SOURCE_PHP_REQUEST, script);
		suspect.script.inherited = true;
	}
	return suspect;
}

static void submit_of(struct watch *watch, const char *script, int times)
{
	while (times-- > 0) {
		struct suspect suspect = sendmail_of(watch, script);
		submit(watch, &suspect);
		watch->time_ns += SECOND;
	}
}

static void assert_line(const struct watch *watch, size_t lines, const char *evidence, enum alert_severity severity)
{
	assert_int_equal(count_lines(watch, RULE), lines);
	assert_string_equal(find_line(watch, RULE)->evidence, evidence);
	assert_int_equal(find_line(watch, RULE)->alert.severity, severity);
}

static void test_noisy_script(void **state)
{
	struct watch *watch = *state;

	submit_of(watch, "/var/www/x/a.php", 29);
	assert_int_equal(watch->log.count, 0);
	submit_of(watch, "/var/www/x/a.php", 1);
	assert_line(watch, 1, "30 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
	const struct alert *alert = &find_line(watch, RULE)->alert;
	assert_int_equal(alert->count, 30);
	assert_int_equal(alert->networks, 0);
	assert_int_equal(alert->remote.port, 0);
	assert_int_equal(find_line(watch, RULE)->identity.key.pid, 4121 + 30);
	submit_of(watch, "/var/www/x/a.php", 12);
	rules_finish(watch->rules);
	assert_line(watch, 2, "42 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
	assert_int_equal(find_line(watch, RULE)->alert.count, 42);
}

/* What the noisy one sent is not held against its neighbours. */
static void test_noisy_script_beside_quiet_ones(void **state)
{
	struct watch *watch = *state;

	submit_of(watch, "/var/www/x/a.php", 25);
	submit_of(watch, "/var/www/x/b.php", 4);
	submit_of(watch, "/var/www/x/a.php", 1);
	/* 30 in all, and no script alone: the directory has it. */
	assert_line(watch, 1, "30 submissions in 10 min by directory /var/www/x", ALERT_SEVERITY_WARNING);
	submit_of(watch, "/var/www/x/a.php", 4);
	assert_line(watch, 2, "30 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
	submit_of(watch, "/var/www/x/a.php", 20);
	submit_of(watch, "/var/www/x/b.php", 25);
	submit_of(watch, "/var/www/y/c.php", 4);
	assert_int_equal(count_lines(watch, RULE), 2);
}

static void test_one_noisy_script_is_one_alert(void **state)
{
	struct watch *watch = *state;

	submit_of(watch, "/var/www/x/a.php", 60);
	submit_of(watch, "/var/www/x/b.php", 10);
	submit_of(watch, NULL, 10);
	rules_finish(watch->rules);
	assert_line(watch, 2, "60 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
	assert_int_equal(find_line(watch, RULE)->alert.count, 60);
}

/* An alert of the directory has what its own quiet scripts sent, and not what the noisy one did. */
static void test_quiet_ones_beside_a_noisy_script(void **state)
{
	struct watch *watch = *state;

	submit_of(watch, "/var/www/x/a.php", 40);
	submit_of(watch, "/var/www/x/b.php", 15);
	submit_of(watch, "/var/www/x/c.php", 15);
	assert_line(watch, 2, "30 submissions in 10 min by directory /var/www/x", ALERT_SEVERITY_WARNING);
	assert_int_equal(find_line(watch, RULE)->alert.count, 30);
}

static void test_hundred_an_hour(void **state)
{
	struct watch *watch = *state;

	for (int i = 0; i < 99; i++) {
		submit_of(watch, "/var/www/x/a.php", 1);
		watch->time_ns += 30 * SECOND;
	}
	assert_int_equal(watch->log.count, 0);
	submit_of(watch, "/var/www/x/a.php", 1);
	assert_line(watch, 1, "100 submissions in 1 h by script /var/www/x/a.php", ALERT_SEVERITY_CRITICAL);
	assert_int_equal(find_line(watch, RULE)->alert.count, 100);
}

static void test_rises(void **state)
{
	struct watch *watch = *state;

	submit_of(watch, "/var/www/x/a.php", 99);
	assert_line(watch, 1, "30 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
	submit_of(watch, "/var/www/x/a.php", 1);
	assert_line(watch, 2, "100 submissions in 1 h by script /var/www/x/a.php", ALERT_SEVERITY_CRITICAL);
	assert_int_equal(find_line(watch, RULE)->alert.phase, ALERT_RISEN);
	assert_int_equal(find_line(watch, RULE)->alert.count, 100);
}

/* Below both: 29 in any ten minutes, 87 in any half hour and then a pause. */
static void test_below_the_thresholds(void **state)
{
	struct watch *watch = *state;

	for (int hour = 0; hour < 10; hour++) {
		for (int i = 0; i < 3; i++) {
			submit_of(watch, "/var/www/x/a.php", 29);
			watch->time_ns += 10 * MINUTE;
		}
		watch->time_ns += HOUR;
	}
	assert_int_equal(watch->log.count, 0);
}

static void test_counts_by_time_of_the_events(void **state)
{
	struct watch *watch = *state;

	submit_of(watch, "/var/www/x/a.php", 20);
	watch->time_ns += 10 * MINUTE;
	submit_of(watch, "/var/www/x/a.php", 20);
	assert_int_equal(watch->log.count, 0);
	submit_of(watch, "/var/www/x/a.php", 10);
	assert_line(watch, 1, "30 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
	assert_int_equal(find_line(watch, RULE)->alert.count, 30);
}

static void test_many_scripts_of_a_directory(void **state)
{
	struct watch *watch = *state;
	char path[64];

	for (int i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "/var/www/x/%d.php", i);
		submit_of(watch, path, 1);
	}
	rules_finish(watch->rules);
	assert_line(watch, 2, "40 submissions in 10 min by directory /var/www/x", ALERT_SEVERITY_WARNING);
	assert_int_equal(find_line(watch, RULE)->alert.count, 40);
}

static void test_many_directories(void **state)
{
	static const struct {
		struct unit unit;
		const char *evidence;
	} cases[] = {
		{{.name = (char *)"php8.2-fpm.service"}, "30 submissions in 10 min by user shop42"},
		{{.container_runtime = (char *)"docker",
		  .container_id = (char *)"0123",
		  .container_name = (char *)"web"},
		 "30 submissions in 10 min by container web"},
		{{.container_runtime = (char *)"docker", .container_id = (char *)"0123"},
		 "30 submissions in 10 min by container 0123"},
		{{.name = NULL}, "30 submissions in 10 min by user shop42"},
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		for (int j = 0; j < 30; j++) {
			snprintf(path, sizeof(path), "/var/www/%d/x.php", j);
			struct suspect suspect = sendmail_of(watch, path);
			suspect.script.source = SCRIPT_SOURCE_ARGV;
			suspect.unit = cases[i].unit;
			submit(watch, &suspect);
		}
		assert_line(watch, 1, cases[i].evidence, ALERT_SEVERITY_WARNING);
	}
}

/* All users of a unit are one; scripts and directories are each user's own, for they are his word. */
/* The sites of one user, each of which sends a little, and one of which sends much from many folders. */
static void test_sites(void **state)
{
	struct watch *watch = *state;
	char path[64], site[32];

	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "/var/www/site%d.com/x.php", i);
		snprintf(site, sizeof(site), "site%d.com", i);
		struct suspect suspect = sendmail_of(watch, path);
		suspect.script.site = site;
		submit(watch, &suspect);
	}
	rules_finish(watch->rules);
	assert_int_equal(watch->log.count, 0);
	for (int i = 0; i < 29; i++) {
		snprintf(path, sizeof(path), "/var/www/site7.com/%d/x.php", i);
		struct suspect suspect = sendmail_of(watch, path);
		suspect.script.site = (char *)"site7.com";
		submit(watch, &suspect);
	}
	assert_line(watch, 1, "30 submissions in 10 min by site site7.com", ALERT_SEVERITY_WARNING);
}

static void test_users_apart(void **state)
{
	struct watch *watch = *state;

	for (uint32_t i = 0; i < 58; i++) {
		struct suspect suspect = sendmail_of(watch, "/var/www/x/a.php");
		suspect.identity.key.uid += i % 2;
		submit(watch, &suspect);
	}
	assert_int_equal(watch->log.count, 0);
	for (uint32_t i = 0; i < 60; i++) {
		struct suspect suspect = sendmail_of(watch, NULL);
		suspect.identity.key.uid += 10 + i;
		suspect.unit.name = (char *)"apache2.service";
		submit(watch, &suspect);
	}
	rules_finish(watch->rules);
	assert_int_equal(watch->log.count, 0);
}

static void test_directory_of_the_process(void **state)
{
	struct watch *watch = *state;

	for (int i = 0; i < 30; i++) {
		struct suspect suspect = sendmail_of(watch, "x.pl");
		suspect.script.source = SCRIPT_SOURCE_CWD;
		suspect.cwd = "/home/x";
		submit(watch, &suspect);
	}
	assert_line(watch, 1, "30 submissions in 10 min by directory /home/x", ALERT_SEVERITY_WARNING);
	submit_of(watch, NULL, 30); /* in the root, where every daemon stands */
	assert_line(watch, 2, "30 submissions in 10 min by user shop42", ALERT_SEVERITY_WARNING);
}

static void test_connections_to_this_host(void **state)
{
	static const struct {
		const char *address;
		uint16_t port;
		size_t lines;
	} cases[] = {
		{LOCALHOST, 25, 1}, {"::1", 587, 1},     {LOCALHOST, 465, 1}, {HOST, 25, 1},
		{MX, 25, 0},        {SMARTHOST, 587, 0}, {"10.0.0.1", 25, 0}, {LOCALHOST, 2525, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		watch_tear_down(state);
		assert_int_equal(watch_set_up(state), 0);
		struct watch *watch = *state;
		struct suspect suspect = suspect_of("php-fpm8.2", "/usr/sbin/php-fpm8.2", "php-fpm: pool x");
		for (int j = 0; j < 30; j++)
			attempt(watch, &suspect, cases[i].address, cases[i].port);
		assert_int_equal(count_lines(watch, RULE), cases[i].lines);
		if (cases[i].lines) {
			assert_int_equal(find_line(watch, RULE)->alert.remote.port, cases[i].port);
			assert_int_equal(find_line(watch, RULE)->alert.networks, 0);
		}
	}
}

/* A program that was started to submit and does it over loopback is one submission, its second connection another. */
static void test_program_that_connects(void **state)
{
	struct watch *watch = *state;

	for (int i = 0; i < 29; i++) {
		struct suspect suspect = sendmail_of(watch, "/var/www/x/a.php");
		submit(watch, &suspect);
		attempt(watch, &suspect, LOCALHOST, 25);
		if (i == 28) {
			assert_int_equal(watch->log.count, 0);
			attempt(watch, &suspect, LOCALHOST, 25);
		}
	}
	assert_line(watch, 1, "30 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
}

static void test_script_by_both_ways_is_one_alert(void **state)
{
	struct watch *watch = *state;
	struct suspect php = suspect_of("php-fpm8.2", "/usr/sbin/php-fpm8.2", "php-fpm: pool x");

	php.identity.key.exe_inode = 99;
	php.script = script_at(SCRIPT_SOURCE_PHP_REQUEST, "/var/www/x/a.php");
	for (int i = 0; i < 30; i++) {
		submit_of(watch, "/var/www/x/a.php", 1);
		attempt(watch, &php, LOCALHOST, 25);
	}
	rules_finish(watch->rules);
	assert_line(watch, 2, "60 submissions in 10 min by script /var/www/x/a.php", ALERT_SEVERITY_WARNING);
	assert_int_equal(find_line(watch, RULE)->alert.count, 60);
}

static void test_mta(void **state)
{
	struct watch *watch = *state;

	for (int i = 0; i < 200; i++) {
		struct suspect suspect = sendmail_of(watch, NULL);
		suspect.role = ACTOR_ROLE_MTA;
		submit(watch, &suspect);
		attempt(watch, &suspect, LOCALHOST, 25);
	}
	assert_int_equal(watch->log.count, 0);
}

/* Whoever makes up scripts by the thousand pushes counters out, which is counted, and is told of as a user. */
static void test_more_keys_than_room(void **state)
{
	struct watch *watch = *state;
	char path[700];

	for (int i = 0; i < 3000; i++) {
		int length = snprintf(path, sizeof(path), "/home/%d/x.php", i);
		memset(path + length, 'a', sizeof(path) - 1 - (size_t)length);
		path[sizeof(path) - 1] = '\0';
		struct suspect suspect = sendmail_of(watch, path);
		suspect.script.source = SCRIPT_SOURCE_ARGV;
		if (i == 2000)
			assert_int_equal(rules_totals(watch->rules).forgotten, 0);
		submit(watch, &suspect);
	}
	rules_finish(watch->rules);
	assert_true(rules_totals(watch->rules).forgotten > 1000);
	assert_line(watch, 3, "3000 submissions in 1 h by user shop42", ALERT_SEVERITY_CRITICAL);
	assert_int_equal(find_line(watch, RULE)->alert.count, 3000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WATCH_TEST(test_noisy_script),
		WATCH_TEST(test_noisy_script_beside_quiet_ones),
		WATCH_TEST(test_one_noisy_script_is_one_alert),
		WATCH_TEST(test_quiet_ones_beside_a_noisy_script),
		WATCH_TEST(test_hundred_an_hour),
		WATCH_TEST(test_rises),
		WATCH_TEST(test_below_the_thresholds),
		WATCH_TEST(test_counts_by_time_of_the_events),
		WATCH_TEST(test_many_scripts_of_a_directory),
		WATCH_TEST(test_many_directories),
		WATCH_TEST(test_sites),
		WATCH_TEST(test_users_apart),
		WATCH_TEST(test_directory_of_the_process),
		WATCH_TEST(test_connections_to_this_host),
		WATCH_TEST(test_program_that_connects),
		WATCH_TEST(test_script_by_both_ways_is_one_alert),
		WATCH_TEST(test_mta),
		WATCH_TEST(test_more_keys_than_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("submission_rate", tests, NULL, NULL);
}
