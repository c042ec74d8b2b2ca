// SPDX-License-Identifier: GPL-2.0-only
/* What programs, rules, sinks and tables are found to be like, each state of each check. */
#include "daemon/health_checks.h"

#include "lib/clock.h"
#include "support/test.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#define SECOND NANOSECONDS_A_SECOND
#define NOW (10000 * SECOND)

static const struct recent never;
static const struct recent old = {.count = 7, .grown_ns = NOW - 600 * SECOND};
static const struct recent fresh = {.count = 7, .grown_ns = NOW - 599 * SECOND};

static void assert_row(const struct health_check *check, enum health_state state, const char *name, const char *words)
{
	assert_string_equal(check->name, name);
	if (!strstr(check->text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, check->text);
	assert_int_equal(check->state, state);
	assert_int_equal(check->advice[0] != '\0', state != HEALTH_OK);
}

static void assert_check(struct health *health, enum health_state state, const char *name, const char *words)
{
	assert_int_equal(health->count, 1);
	assert_row(&health->checks[0], state, name, words);
	health->count = 0;
}

static void test_php(void **state)
{
	struct health health = {.count = 0};
	struct php_builds builds = {
		.builds = {{"/usr/sbin/php-fpm8.2", PHP_READING_REQUEST, NULL},
			   {"/opt/php/bin/php", PHP_READING_PROBES, NULL},
			   {"/opt/old/php5", PHP_READING_NONE, "old"}},
		.count = 3,
	};

	(void)state;
	health_check_php(&health, &builds);
	assert_int_equal(health.count, 3);
	assert_row(&health.checks[0], HEALTH_OK, "php php-fpm8.2", "/usr/sbin/php-fpm8.2: its request record");
	assert_row(&health.checks[1], HEALTH_OK, "php php", "/opt/php/bin/php: its probes");
	assert_row(&health.checks[2], HEALTH_DEGRADED, "php php5", "/opt/old/php5: its request cannot be read (old)");

	builds.count = 0;
	health.count = 0;
	health_check_php(&health, &builds);
	assert_check(&health, HEALTH_OK, "php", "none found");
}

static void test_many_php(void **state)
{
	struct health health = {.count = 0};
	struct php_builds builds = {.count = PHP_BUILDS_MAX};

	(void)state;
	for (size_t i = 0; i < PHP_BUILDS_MAX; i++)
		snprintf(builds.builds[i].path, sizeof(builds.builds[i].path), "/opt/php%zu/php", i);
	health_check_php(&health, &builds);
	assert_int_equal(health.count, HEALTH_PHP_MAX + 1);
	assert_string_equal(health.checks[HEALTH_PHP_MAX].text, "and 16 more");
	builds.left_out = 5; /* times, perhaps of one and the same */
	health.count = 0;
	health_check_php(&health, &builds);
	assert_string_equal(health.checks[HEALTH_PHP_MAX].text, "and at least 17 more");
	builds.left_out = 0;
	builds.count = HEALTH_PHP_MAX;
	health.count = 0;
	health_check_php(&health, &builds);
	assert_int_equal(health.count, HEALTH_PHP_MAX);
}

static void test_php_builds(void **state)
{
	struct php_builds builds = {.count = 0};
	char own[PATH_MAX] = "";

	(void)state;
	assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
	php_builds_note(&builds, (uint32_t)getpid(), PHP_READING_NONE, "threaded");
	php_builds_note(&builds, (uint32_t)getpid(), PHP_READING_REQUEST, NULL);
	php_builds_note(&builds, INT_MAX, PHP_READING_REQUEST, NULL); /* more than there ever are (proc(5), pid_max) */
	assert_int_equal(builds.count, 1);
	assert_int_equal(strncmp(builds.builds[0].path, own, sizeof(builds.builds[0].path) - 1), 0);
	assert_int_equal(builds.builds[0].reading, PHP_READING_REQUEST);

	builds.builds[0].path[1] = '?';
	builds.count = PHP_BUILDS_MAX;
	php_builds_note(&builds, (uint32_t)getpid(), PHP_READING_REQUEST, NULL);
	assert_int_equal(builds.count, PHP_BUILDS_MAX);
	assert_int_equal(builds.left_out, 1);
}

static void test_mail_servers(void **state)
{
	struct health health = {.count = 0};

	(void)state;
	health_check_mail_servers(&health, 2, "exim4, postfix");
	assert_check(&health, HEALTH_OK, "mail servers", "2: exim4, postfix");
	health_check_mail_servers(&health, 0, "");
	assert_check(&health, HEALTH_OK, "mail servers", "none");
}

static void test_rules(void **state)
{
	struct health health = {.count = 0};
	struct health_rules rules = {.rules = 32, .keys = &never, .sketches = &never};

	(void)state;
	health_check_rules(&health, &rules, NOW);
	assert_check(&health, HEALTH_OK, "rules", "32 rules, 0 allowances");
	rules.allowances = 3;
	rules.local = 2;
	rules.unused = 1;
	health_check_rules(&health, &rules, NOW);
	assert_check(&health, HEALTH_OK, "rules",
		     "32 rules, 3 allowances, 2 of them with words of local files, 1 allowances unused for long");
	rules.keys = &old;
	health_check_rules(&health, &rules, NOW);
	assert_check(&health, HEALTH_OK, "rules", "7 counters given up");
	rules.keys = &fresh;
	health_check_rules(&health, &rules, NOW);
	assert_string_equal(health.checks[0].advice, "rules forgot what they had counted: raise [rules] max_keys");
	assert_check(&health, HEALTH_DEGRADED, "rules", "7 counters given up");
	rules.keys = &never;
	rules.sketches = &fresh;
	health_check_rules(&health, &rules, NOW);
	assert_check(&health, HEALTH_DEGRADED, "rules", "7 counts of different values cut short");
	rules.rules = 0;
	health_check_rules(&health, &rules, NOW);
	assert_check(&health, HEALTH_BLIND, "rules", "0 rules");
}

static void test_sinks(void **state)
{
	struct health health = {.count = 0};

	(void)state;
	health_check_sink(&health, "syslog", 0, &never, NOW);
	assert_check(&health, HEALTH_OK, "sink syslog", "nothing lost");
	health_check_sink(&health, "syslog", 0, &old, NOW);
	assert_check(&health, HEALTH_OK, "sink syslog", "7 lines lost");
	health_check_sink(&health, "syslog", 0, &fresh, NOW);
	assert_check(&health, HEALTH_DEGRADED, "sink syslog", "7 lines lost");

	/* Nobody listens, or there is no room: the second does not come back by itself. */
	health_check_sink(&health, "syslog", -ECONNREFUSED, &never, NOW);
	assert_check(&health, HEALTH_DEGRADED, "sink syslog", "cannot be written (Connection refused): lines wait; ");
	health_check_sink(&health, "json", -ENOSPC, &fresh, NOW);
	assert_check(&health, HEALTH_BLIND, "sink json",
		     "cannot be written (No space left on device): lines wait; 7 lines lost");
}

static void test_clock(void **state)
{
	struct health health = {.count = 0};

	(void)state;
	health_check_clock(&health, &never, 0, NOW);
	assert_check(&health, HEALTH_OK, "clock", "never set");
	health_check_clock(&health, &fresh, -3600 * (int64_t)NANOSECONDS_A_SECOND, NOW);
	assert_check(&health, HEALTH_DEGRADED, "clock", "set 7 times, the last time by -3600.0 s");
	health_check_clock(&health, &old, 1500000000, NOW);
	assert_check(&health, HEALTH_OK, "clock", "set 7 times, the last time by +1.5 s");
}

static void test_smarthosts(void **state)
{
	struct health health = {.count = 0};
	struct smarthosts_totals totals = {0};

	(void)state;
	health_check_smarthosts(&health, 0, &totals, &never, NOW);
	assert_check(&health, HEALTH_OK, "smarthosts", "none configured");
	totals = (struct smarthosts_totals){.names = 2, .wildcards = 1};
	health_check_smarthosts(&health, 3, &totals, &never, NOW);
	assert_check(&health, HEALTH_OK, "smarthosts", "3 addresses or networks, 2 names and 1 wildcards");
	totals.without_address = 1;
	health_check_smarthosts(&health, 0, &totals, &never, NOW);
	assert_check(&health, HEALTH_DEGRADED, "smarthosts", "1 names without an address");
	totals.without_address = 0;
	health_check_smarthosts(&health, 0, &totals, &old, NOW);
	assert_check(&health, HEALTH_OK, "smarthosts", "7 names below wildcards forgotten");
	health_check_smarthosts(&health, 0, &totals, &fresh, NOW);
	assert_check(&health, HEALTH_DEGRADED, "smarthosts", "7 names below wildcards forgotten");
}

static void test_tables(void **state)
{
	struct health health = {.count = 0};

	(void)state;
	health_check_tables(&health, &never, &never, NOW);
	assert_check(&health, HEALTH_OK, "tables", "nothing forgotten");
	health_check_tables(&health, &old, &never, NOW);
	assert_check(&health, HEALTH_OK, "tables", "7 actors and 0 flows");
	health_check_tables(&health, &fresh, &old, NOW);
	assert_non_null(strstr(health.checks[0].advice, "max_actors"));
	assert_check(&health, HEALTH_DEGRADED, "tables", "7 actors and 7 flows");
	health_check_tables(&health, &never, &fresh, NOW);
	assert_non_null(strstr(health.checks[0].advice, "max_flows"));
	assert_check(&health, HEALTH_DEGRADED, "tables", "0 actors and 7 flows");
}

static void test_memory(void **state)
{
	struct health health = {.count = 0};

	(void)state;
	health_check_memory(&health, 7 << 20, &never, NOW);
	assert_check(&health, HEALTH_OK, "memory", "7168 KiB");
	health_check_memory(&health, 0, &never, NOW);
	assert_check(&health, HEALTH_OK, "memory", "not known");
	const struct recent now = {.count = 7, .grown_ns = NOW};
	health_check_memory(&health, 7 << 20, &now, NOW);
	assert_check(&health, HEALTH_BLIND, "memory", "7168 KiB resident, 7 observations lost for want of memory");
	health_check_memory(&health, 7 << 20, &now, NOW + 60 * NANOSECONDS_A_SECOND);
	assert_check(&health, HEALTH_DEGRADED, "memory", "7 observations lost");
	health_check_memory(&health, 7 << 20, &old, NOW);
	assert_check(&health, HEALTH_OK, "memory", "7 observations lost");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_php),        cmocka_unit_test(test_many_php),
		cmocka_unit_test(test_php_builds), cmocka_unit_test(test_mail_servers),
		cmocka_unit_test(test_rules),      cmocka_unit_test(test_sinks),
		cmocka_unit_test(test_clock),      cmocka_unit_test(test_smarthosts),
		cmocka_unit_test(test_tables),     cmocka_unit_test(test_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("health_parts", tests, NULL, NULL);
}
