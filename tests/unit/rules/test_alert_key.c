// SPDX-License-Identifier: GPL-2.0-only
/* What is one alert, told by the lines that alerts.c writes. */
#include "rules/alert_key.h"

#include "lib/clock.h"
#include "rules/alerts.h"
#include "support/alert_log.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define START (100000 * SECOND)
#define KEYS_OF_A_SITE 8 /* rules/alert_key.c */
#define KEYS_OF_A_USER 64

struct watch {
	struct alerts *alerts;
	struct alert_log log;
	uint64_t fired;
	uint64_t time_ns;
};

static int set_up(void **state)
{
	static struct watch watch;

	watch = (struct watch){.alerts = alerts_new(3600 * SECOND, alert_log_take, &watch.log), .time_ns = START};
	*state = &watch;
	return watch.alerts ? 0 : -1;
}

static int tear_down(void **state)
{
	struct watch *watch = *state;

	alerts_free(watch->alerts);
	alert_log_clear(&watch->log);
	return 0;
}

static struct firing firing_of(struct watch *watch, const struct actor *actor)
{
	watch->time_ns += 1000;
	watch->fired++;
	return (struct firing){
		.rule = "test-rule",
		.actor = actor,
		.count = 1,
		.time_ns = watch->time_ns,
		.wall_ns = WALL_OF(watch->time_ns),
		.severity = ALERT_SEVERITY_WARNING,
	};
}

static void fire(struct watch *watch, const struct actor *actor)
{
	struct firing firing = firing_of(watch, actor);
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
}

static void fire_script(struct watch *watch, const char *path, const char *site)
{
	struct script like = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = (char *)path, .site = (char *)site};
	struct actor actor = {.identity = identity_of(4121, 33, 7), .script = script_new(&like)};

	assert_non_null(actor.script);
	fire(watch, &actor);
	script_unref(actor.script);
}

static const struct logged_alert *last_line(const struct watch *watch)
{
	assert_true(watch->log.count > 0);
	return &watch->log.lines[watch->log.count - 1];
}

static size_t count_folded(const struct watch *watch)
{
	size_t count = 0;
	for (size_t i = 0; i < watch->log.count; i++)
		count += watch->log.lines[i].alert.more_actors;
	return count;
}

static void assert_all_said(struct watch *watch)
{
	alerts_finish(watch->alerts);
	assert_int_equal(alert_log_total(&watch->log), watch->fired);
}

static void test_what_was_running(void **state)
{
	struct watch *watch = *state;
	struct script pool = {.references = 1, .source = SCRIPT_SOURCE_FPM_POOL, .pool = (char *)"shop42"};
	struct script script = {.references = 1, .source = SCRIPT_SOURCE_ARGV, .path = (char *)"/srv/x.pl"};
	struct actor actor = {.identity = identity_of(4121, 33, 7)};

	fire(watch, &actor);
	actor.cwd = (char *)"/srv";
	fire(watch, &actor);
	assert_int_equal(watch->log.count, 2);
	actor.script = &pool;
	fire(watch, &actor);
	assert_int_equal(watch->log.count, 3);
	actor.cwd = (char *)"/tmp"; /* the pool says more */
	fire(watch, &actor);
	assert_int_equal(watch->log.count, 3);
	actor.script = &script;
	fire(watch, &actor);
	assert_int_equal(watch->log.count, 4);
	actor.identity.key.pid++;
	actor.cwd = (char *)"/";
	fire(watch, &actor);
	assert_int_equal(watch->log.count, 4);
	actor.identity.key.exe_inode++;
	fire(watch, &actor);
	assert_int_equal(watch->log.count, 5);
	alerts_free(watch->alerts); /* before the scripts, which the alerts refer to, go */
	watch->alerts = NULL;
}

/* Those who are no process of this host are told apart by their whole address, and by nothing else. */
static void test_sources(void **state)
{
	static const char *const addresses[] = {"192.0.2.1", "192.0.2.2", "2001:db8:0:1::5", "2001:db8:0:2::5"};
	struct watch *watch = *state;
	struct actor actor = {.origin = ACTOR_ORIGIN_FORWARDED, .identity = identity_of(0, UINT32_MAX, 7)};

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		actor.source.address = endpoint_at(addresses[i], 0).address;
		fire(watch, &actor);
		assert_int_equal(watch->log.count, i + 1);
		actor.source.interface++;
		fire(watch, &actor);
		assert_int_equal(watch->log.count, i + 1);
	}
	assert_false(last_line(watch)->alert.more_actors);
}

/* Their number is bounded as a user's is. */
static void test_many_sources(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {.origin = ACTOR_ORIGIN_FORWARDED, .identity = identity_of(0, UINT32_MAX, 7)};
	char text[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "10.1.%d.%d", i / 250, i % 250);
		actor.source.address = endpoint_at(text, 0).address;
		fire(watch, &actor);
	}
	assert_int_equal(watch->log.count, KEYS_OF_A_USER + 1);
	assert_true(last_line(watch)->alert.more_actors);
}

/* Sites under one www-data: each of the first has its line, and the rest are one. */
static void test_two_hundred_sites(void **state)
{
	struct watch *watch = *state;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 200; i++) {
			char path[64], site[64];
			snprintf(path, sizeof(path), "/var/www/%d/x.php", i);
			snprintf(site, sizeof(site), "%d.example", i);
			fire_script(watch, path, site);
			if (round == 0 && i < KEYS_OF_A_USER) {
				assert_int_equal(watch->log.count, i + 1);
				assert_int_equal(last_line(watch)->alert.phase, ALERT_RAISED);
				assert_false(last_line(watch)->alert.more_actors);
				assert_string_equal(last_line(watch)->script, path);
			}
		}
	}
	assert_int_equal(watch->log.count, KEYS_OF_A_USER + 1);
	assert_true(last_line(watch)->alert.more_actors);
	assert_all_said(watch);
	assert_int_equal(watch->log.count, 2 * (KEYS_OF_A_USER + 1));
}

/* One site with script after script does not use up what is the others'. */
static void test_a_site_of_many_scripts(void **state)
{
	struct watch *watch = *state;
	char path[64];

	for (int i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "/var/www/bad/%d.php", i);
		fire_script(watch, path, "bad.example");
	}
	assert_int_equal(watch->log.count, KEYS_OF_A_SITE + 1);
	assert_int_equal(count_folded(watch), 1);
	assert_true(last_line(watch)->alert.more_actors);
	fire_script(watch, "/var/www/good/x.php", "good.example");
	assert_int_equal(watch->log.count, KEYS_OF_A_SITE + 2);
	assert_false(last_line(watch)->alert.more_actors);
	fire_script(watch, "/var/www/none/x.php", NULL);
	assert_int_equal(watch->log.count, KEYS_OF_A_SITE + 3);
	fire_script(watch, "/var/www/bad/3.php", "bad.example"); /* has a key of its own */
	assert_all_said(watch);
	assert_int_equal(alerts_written(watch->alerts), watch->log.count);
}

/* A fold of a site is one of the user's keys, and what a user makes is bounded whatever he makes up. */
static void test_many_scripts_of_many_sites(void **state)
{
	struct watch *watch = *state;

	for (int i = 0; i < 20; i++) {
		for (int j = 0; j < 20; j++) {
			char path[64], site[64];
			snprintf(path, sizeof(path), "/var/www/%d/%d.php", i, j);
			snprintf(site, sizeof(site), "%d.example", i);
			fire_script(watch, path, site);
		}
	}
	assert_int_equal(watch->log.count, KEYS_OF_A_USER + 1);
	assert_int_equal(count_folded(watch), KEYS_OF_A_USER / (KEYS_OF_A_SITE + 1) + 1);
	assert_all_said(watch);

	struct actor another = {.identity = identity_of(1, 34, 7)};
	fire(watch, &another);
	assert_int_equal(last_line(watch)->alert.phase, ALERT_RAISED);
	assert_false(last_line(watch)->alert.more_actors);
}

/* When alerts are forgotten there is room for new ones. */
static void test_shares_are_given_back(void **state)
{
	struct watch *watch = *state;
	char path[64];

	for (int round = 1; round <= 50; round++) {
		for (int i = 0; i < KEYS_OF_A_SITE; i++) {
			snprintf(path, sizeof(path), "/var/www/%d/%d.php", round, i);
			fire_script(watch, path, "x.example");
		}
		assert_int_equal(watch->log.count, (2 * round - 1) * KEYS_OF_A_SITE);
		watch->time_ns += 7200 * SECOND;
		alerts_tick(watch->alerts, watch->time_ns);
		assert_int_equal(watch->log.count, 2 * round * KEYS_OF_A_SITE);
	}
	assert_int_equal(count_folded(watch), 0);
}

/* Also the room for the shares themselves, of however many users. */
static void test_shares_of_many_users(void **state)
{
	_cleanup_(cleanup_alert_shares_free) struct alert_shares *shares = alert_shares_new(KEYS_OF_A_SITE);
	const struct alert_key key = alert_key_of_subject("r", "", "", 0);

	(void)state;
	assert_non_null(shares);
	for (uint32_t uid = 0; uid < 100; uid++) {
		struct alert_key keys[KEYS_OF_A_SITE];
		for (size_t i = 0; i < KEYS_OF_A_SITE; i++) {
			keys[i] = key;
			keys[i].uid = uid;
			keys[i].subject[0] = (char)('a' + i);
			assert_false(alert_shares_used_up(shares, &keys[i], ALERT_FOLD_SITE));
			assert_int_equal(alert_shares_add(shares, &keys[i]), 0);
		}
		assert_true(alert_shares_used_up(shares, &keys[0], ALERT_FOLD_SITE));
		assert_false(alert_shares_used_up(shares, &keys[0], ALERT_FOLD_USER));
		for (size_t i = 0; i < KEYS_OF_A_SITE; i++)
			alert_shares_remove(shares, &keys[i]);
		assert_false(alert_shares_used_up(shares, &keys[0], ALERT_FOLD_SITE));
	}
}

/* The full text is compared: what begins alike or has another's text in other fields is another. */
static void test_no_text_is_taken_for_another(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {.identity = identity_of(4121, 33, 7)};
	static char longest[2 * ALERT_SUBJECT_SIZE];
	static const char *const paths[] = {"", "a", "aa", "a\n", "/a", "/a/", "A"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		actor.cwd = (char *)paths[i];
		fire(watch, &actor);
		assert_int_equal(watch->log.count, i + 1);
	}
	/* As far as it fits. */
	memset(longest, 'x', sizeof(longest) - 1);
	actor.cwd = longest;
	struct alert_key key = alert_key_of_actor("r", &actor);
	longest[ALERT_SUBJECT_SIZE - 1] = 'y';
	struct alert_key same = alert_key_of_actor("r", &actor);
	assert_memory_equal(&key, &same, sizeof(key));
	longest[ALERT_SUBJECT_SIZE - 2] = 'y';
	struct alert_key other = alert_key_of_actor("r", &actor);
	assert_memory_not_equal(&key, &other, sizeof(key));
}

/* A rule that names its key: executable and process are no part of it. */
static void test_subject(void **state)
{
	struct watch *watch = *state;

	for (uint32_t i = 0; i < 3; i++) {
		struct actor actor = {.identity = identity_of(4121 + i, 33 + i, 7 + i), .cwd = (char *)"/"};
		struct firing firing = firing_of(watch, &actor);
		firing.subject = "unit apache2.service";
		firing.subject_uid = 33;
		assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
		assert_int_equal(watch->log.count, 1);
		firing.subject_uid = 34 + i;
		assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
		assert_int_equal(watch->log.count, 2);
		watch->log.count = 1;
	}
}

static void test_evidence(void **state)
{
	struct watch *watch = *state;
	struct actor actor = {.identity = identity_of(4121, 33, 7)};
	struct firing firing = firing_of(watch, &actor);

	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_null(last_line(watch)->alert.evidence);
	firing.severity = ALERT_SEVERITY_HIGH;
	snprintf(firing.evidence, sizeof(firing.evidence), "first");
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	assert_int_equal(last_line(watch)->alert.phase, ALERT_RISEN);
	assert_string_equal(last_line(watch)->evidence, "first");
	firing.severity = ALERT_SEVERITY_NOTICE;
	snprintf(firing.evidence, sizeof(firing.evidence), "second");
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	alerts_finish(watch->alerts);
	assert_string_equal(last_line(watch)->evidence, "second");
	assert_int_equal(last_line(watch)->alert.severity, ALERT_SEVERITY_HIGH);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_what_was_running),
		TEST(test_sources),
		TEST(test_many_sources),
		TEST(test_two_hundred_sites),
		TEST(test_a_site_of_many_scripts),
		TEST(test_many_scripts_of_many_sites),
		TEST(test_shares_are_given_back),
		TEST(test_shares_of_many_users),
		TEST(test_no_text_is_taken_for_another),
		TEST(test_subject),
		TEST(test_evidence),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("alert_key", tests, NULL, NULL);
}
