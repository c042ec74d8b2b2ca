// SPDX-License-Identifier: GPL-2.0-only
/* What is more together than alone, and rules that make no line. */
#include "incident_watch.h"

/* Once, before the line of the alert that completed it, and with what is known of that. */
static void test_combination_pages_once(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	warn(watch, direct);
	fire(watch, impossible, ALERT_SEVERITY_CRITICAL);
	assert_line(last_line(watch), impossible, ALERT_RAISED, true);
	fire(watch, fanout, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(watch->log.count, 4);
	const struct logged_alert *page = line_at(watch, 2);
	assert_line(page, compromised, ALERT_RAISED, true);
	assert_string_equal(page->evidence, "impossible-helo with mx-fanout");
	assert_string_equal(page->alert.reason, paging.reason);
	assert_string_equal(page->source, paging.source);
	assert_int_equal(page->alert.severity, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(page->alert.count, 1);
	assert_true(page->incident.is_paging);
	assert_int_equal(page->incident.count, 3);
	assert_string_equal(page->script, "/var/www/shop42/x.php");
	assert_false(line_at(watch, 1)->incident.is_paging);
	assert_line(line_at(watch, 3), fanout, ALERT_RAISED, false);
	assert_rules(line_at(watch, 3), "direct-to-mx impossible-helo mx-fanout compromised");

	fire(watch, masquerade, ALERT_SEVERITY_CRITICAL);
	for (int i = 0; i < 100; i++)
		fire(watch, fanout, ALERT_SEVERITY_CRITICAL);
	combine(watch); /* as after a reload */
	fire(watch, fanout, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(watch->log.count, 5);
	assert_line(last_line(watch), masquerade, ALERT_RAISED, false);
}

/* Parts of different actors are no combination. */
static void test_combination_is_of_one_incident(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	fire(watch, impossible, ALERT_SEVERITY_CRITICAL);
	watch->actor.identity.key.uid++;
	fire(watch, fanout, ALERT_SEVERITY_CRITICAL);
	assert_int_equal(watch->log.count, 2);
	assert_int_equal(count_news(watch), 2);
}

/* Neither do parts of different times: what has ended does not count. */
static void test_combination_of_what_is_open(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	warn(watch, impossible);
	while (watch->time_ns < START + 2 * QUIET) {
		warn(watch, direct); /* keeps the incident open */
		tick_until(watch, watch->time_ns + MINUTE);
	}
	warn(watch, fanout);
	assert_string_equal(line_at(watch, 0)->incident.id, last_line(watch)->incident.id);
	assert_rules(last_line(watch), "impossible-helo direct-to-mx mx-fanout");
	assert_false(last_line(watch)->incident.is_paging);
	warn(watch, masquerade);
	assert_true(last_line(watch)->incident.is_paging);
}

/* One that comes with a reload looks at what is open, when that fires next; one that is switched off does not. */
static void test_combinations_of_a_reload(void **state)
{
	struct watch *watch = *state;
	struct combination disabled = paging;

	warn(watch, impossible);
	warn(watch, fanout);
	disabled.is_enabled = false;
	alerts_set_combinations(watch->alerts, &disabled, 1);
	warn(watch, fanout);
	assert_int_equal(watch->log.count, 2);
	combine(watch);
	warn(watch, fanout);
	assert_int_equal(watch->log.count, 3);
	assert_line(last_line(watch), compromised, ALERT_RAISED, true);
}

/* All of a list, and no list of which one would do. */
static void test_combination_of_all(void **state)
{
	struct watch *watch = *state;
	const char *all[] = {direct, impossible, fanout};
	struct combination combination = paging;

	combination.any_count = 0;
	combination.all = all;
	combination.all_count = ARRAY_SIZE(all);
	alerts_set_combinations(watch->alerts, &combination, 1);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_false(i > 0 && last_line(watch)->incident.is_paging);
		warn(watch, all[i]);
	}
	assert_line(line_at(watch, 2), compromised, ALERT_RAISED, true);
	assert_string_equal(line_at(watch, 2)->evidence, "direct-to-mx with impossible-helo and mx-fanout");
}

/* A score makes no line, not even of what it would complete alone. */
static void test_score_never_alone(void **state)
{
	struct watch *watch = *state;
	const char *scores[] = {score, "probe-only"};
	struct combination combination = paging;

	combination.any_count = 0;
	combination.all = scores;
	combination.all_count = ARRAY_SIZE(scores);
	alerts_set_combinations(watch->alerts, &combination, 1);
	fire_score(watch, scores[0], MINUTE);
	fire_score(watch, scores[1], MINUTE);
	assert_int_equal(watch->log.count, 0);
	warn(watch, direct);
	fire_score(watch, scores[0], MINUTE);
	fire_score(watch, scores[1], MINUTE);
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, 2);
	assert_rules(last_line(watch), "no-quit probe-only direct-to-mx");
	assert_false(last_line(watch)->incident.is_paging);
	assert_int_equal(last_line(watch)->incident.severity, ALERT_SEVERITY_WARNING);
	assert_int_equal(last_line(watch)->incident.count, 1);
}

/* It adds to what is open, and lifts nothing but by a combination. */
static void test_score_in_an_incident(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	warn(watch, fanout);
	fire_score(watch, "another", MINUTE);
	assert_int_equal(watch->log.count, 1);
	fire_score(watch, score, MINUTE);
	assert_int_equal(watch->log.count, 2);
	assert_line(last_line(watch), compromised, ALERT_RAISED, true);
	assert_string_equal(last_line(watch)->evidence, "no-quit with mx-fanout");
	assert_rules(last_line(watch), "mx-fanout another no-quit compromised");
}

/* One that came before counts as long as its window, and no longer. */
static void test_score_is_remembered(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	fire_score(watch, score, 2 * MINUTE);
	tick_until(watch, START + 2 * MINUTE - SECOND);
	warn(watch, fanout);
	assert_int_equal(watch->log.count, 2);
	assert_line(line_at(watch, 0), compromised, ALERT_RAISED, true);
	assert_line(line_at(watch, 1), fanout, ALERT_RAISED, false);

	watch->actor.identity.key.uid++;
	fire_score(watch, score, 2 * MINUTE);
	tick_until(watch, watch->time_ns + 2 * MINUTE);
	warn(watch, fanout);
	assert_line(last_line(watch), fanout, ALERT_RAISED, true);
	assert_rules(last_line(watch), "mx-fanout");
}

/* Of an alert that is open it is one more, that makes no line. */
static void test_score_of_an_open_alert(void **state)
{
	struct watch *watch = *state;

	warn(watch, score);
	fire_score(watch, score, MINUTE);
	assert_int_equal(watch->log.count, 1);
	alerts_finish(watch->alerts);
	assert_int_equal(last_line(watch)->alert.count, 2);
	assert_int_equal(last_line(watch)->alert.severity, ALERT_SEVERITY_WARNING);
}

/* What fires for as many as there are is remembered for the latest. */
static void test_many_scores(void **state)
{
	struct watch *watch = *state;

	for (uint32_t uid = 0; uid < 3 * ALERTS_KEPT; uid++) {
		watch->actor.identity.key.uid = uid;
		fire_score(watch, score, 100 * MINUTE);
	}
	warn(watch, direct);
	assert_rules(last_line(watch), "no-quit direct-to-mx");
	watch->actor.identity.key.uid = 0;
	warn(watch, direct);
	assert_rules(last_line(watch), "direct-to-mx");
}

/* A full table gives up what is not of the incident that is looked at. */
static void test_combination_in_a_full_table(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	watch->actor.identity.key.uid = 0;
	warn(watch, fanout);
	for (uint32_t uid = 1; uid < ALERTS_KEPT; uid++) {
		watch->actor.identity.key.uid = uid;
		warn(watch, direct);
	}
	watch->actor.identity.key.uid = 0;
	fire_score(watch, score, MINUTE);
	assert_int_equal(watch->log.count, ALERTS_KEPT + 2);
	assert_line(line_at(watch, ALERTS_KEPT), direct, ALERT_ENDED, true);
	assert_int_equal(line_at(watch, ALERTS_KEPT)->identity.key.uid, 1);
	assert_line(last_line(watch), compromised, ALERT_RAISED, true);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_combination_pages_once),      TEST(test_combination_is_of_one_incident),
		TEST(test_combination_of_what_is_open), TEST(test_combinations_of_a_reload),
		TEST(test_combination_of_all),          TEST(test_score_never_alone),
		TEST(test_score_in_an_incident),        TEST(test_score_is_remembered),
		TEST(test_score_of_an_open_alert),      TEST(test_many_scores),
		TEST(test_combination_in_a_full_table),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("combinations", tests, NULL, NULL);
}
