// SPDX-License-Identifier: GPL-2.0-only
/* Which lines people are told. */
#include "incident_watch.h"

/* The intervals are the incident's: however many alerts it has, people hear of it at 5, 25 and 105 minutes. */
static void test_still_going(void **state)
{
	static const uint64_t minutes[] = {0, 5, 25, 105};
	static const char *const rules[] = {direct, fanout, impossible};
	struct watch *watch = *state;
	size_t news = 0;

	for (uint64_t at = START; at <= START + 110 * MINUTE; at += 10 * SECOND) {
		watch->time_ns = at;
		for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
			if (at >= START + i * MINUTE)
				warn(watch, rules[i]);
		alerts_tick(watch->alerts, at);
	}
	for (size_t i = 0; i < watch->log.count; i++) {
		const struct logged_alert *line = line_at(watch, i);
		if (!line->alert.is_news)
			continue;
		assert_true(news < ARRAY_SIZE(minutes));
		assert_int_equal(line->alert.phase, news ? ALERT_CONTINUING : ALERT_RAISED);
		assert_int_equal(line->alert.last_wall_ns, WALL_OF(START + minutes[news] * MINUTE));
		news++;
	}
	assert_int_equal(news, ARRAY_SIZE(minutes));
}

/* Also when the alert that has more to say is not due itself. */
static void test_still_going_by_another_alert(void **state)
{
	struct watch *watch = *state;

	warn(watch, direct);
	watch->time_ns = START + 4 * MINUTE;
	warn(watch, fanout);
	watch->time_ns += 1;
	warn(watch, fanout);
	assert_int_equal(watch->log.count, 2);
	tick_until(watch, START + COOLDOWN - SECOND);
	alerts_tick(watch->alerts, START + COOLDOWN - 1);
	assert_int_equal(watch->log.count, 2);
	alerts_tick(watch->alerts, START + COOLDOWN);
	assert_int_equal(watch->log.count, 3);
	assert_line(last_line(watch), fanout, ALERT_CONTINUING, true);
	assert_int_equal(last_line(watch)->incident.count, 3);
	tick_until(watch, START + 9 * MINUTE);
	assert_int_equal(watch->log.count, 3);
}

/* The alert that fired last can be over before another one, whose rule is silent for longer. */
static void test_latest_alert_ends_first(void **state)
{
	struct watch *watch = *state;
	struct firing slow = firing_of(watch, fanout, ALERT_SEVERITY_WARNING);

	slow.cooldown_ns = 60 * MINUTE;
	assert_int_equal(alerts_fire(watch->alerts, &slow), 0);
	watch->time_ns += MINUTE;
	warn(watch, direct);
	tick_until(watch, START + MINUTE + QUIET);
	assert_int_equal(watch->log.count, 4);
	assert_line(line_at(watch, 2), direct, ALERT_CONTINUING, true);
	assert_line(line_at(watch, 3), direct, ALERT_ENDED, false);
	slow.time_ns = START + 30 * MINUTE;
	tick_until(watch, slow.time_ns);
	assert_int_equal(alerts_fire(watch->alerts, &slow), 0);
	tick_until(watch, START + 90 * MINUTE - SECOND);
	assert_int_equal(watch->log.count, 4);
	tick_until(watch, START + 90 * MINUTE);
	assert_int_equal(watch->log.count, 5);
	assert_line(last_line(watch), fanout, ALERT_ENDED, true);
	assert_int_equal(last_line(watch)->incident.count, 3);
}

/* A line that lifts an alert, and not its incident, is for the record. */
static void test_what_lifts_an_incident(void **state)
{
	struct watch *watch = *state;

	fire(watch, direct, ALERT_SEVERITY_HIGH);
	fire(watch, fanout, ALERT_SEVERITY_WARNING);
	fire(watch, fanout, ALERT_SEVERITY_HIGH);
	assert_line(last_line(watch), fanout, ALERT_RISEN, false);
	fire(watch, fanout, ALERT_SEVERITY_CRITICAL);
	assert_line(last_line(watch), fanout, ALERT_RISEN, true);
	assert_int_equal(last_line(watch)->incident.severity, ALERT_SEVERITY_CRITICAL);
	fire(watch, direct, ALERT_SEVERITY_CRITICAL);
	assert_line(last_line(watch), direct, ALERT_RISEN, false);
}

/* The alerts end one by one; the last has the last word, and the incident's totals. What the actor does then is
 * another incident. */
static void test_end(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	warn(watch, impossible);
	warn(watch, fanout);
	watch->time_ns += MINUTE;
	warn(watch, direct);
	warn(watch, direct);
	assert_int_equal(watch->log.count, 4);
	tick_until(watch, START + QUIET);
	assert_int_equal(watch->log.count, 7);
	assert_line(line_at(watch, 4), direct, ALERT_CONTINUING, true);
	assert_line(line_at(watch, 5), impossible, ALERT_ENDED, false);
	assert_line(line_at(watch, 6), fanout, ALERT_ENDED, false);
	tick_until(watch, START + MINUTE + QUIET - SECOND);
	assert_int_equal(watch->log.count, 7);
	tick_until(watch, START + MINUTE + QUIET);
	assert_int_equal(watch->log.count, 9);
	assert_line(line_at(watch, 7), compromised, ALERT_ENDED, false);
	const struct logged_alert last = *last_line(watch);
	const struct logged_alert *end = &last;
	assert_line(end, direct, ALERT_ENDED, true);
	assert_int_equal(end->alert.count, 2);
	assert_int_equal(end->incident.count, 4);
	assert_int_equal(end->incident.first_wall_ns, WALL_OF(START));
	assert_int_equal(end->incident.severity, ALERT_SEVERITY_CRITICAL);
	assert_true(end->incident.is_paging);
	assert_rules(end, "impossible-helo mx-fanout compromised direct-to-mx");
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, 9);

	warn(watch, direct);
	assert_line(last_line(watch), direct, ALERT_RAISED, true);
	assert_string_not_equal(last_line(watch)->incident.id, end->incident.id);
	assert_rules(last_line(watch), "direct-to-mx");
	assert_false(last_line(watch)->incident.is_paging);
}

static void test_finish(void **state)
{
	struct watch *watch = *state;

	combine(watch);
	warn(watch, impossible);
	warn(watch, fanout);
	size_t before = watch->log.count;
	alerts_finish(watch->alerts);
	assert_int_equal(watch->log.count, before + 3);
	assert_line(line_at(watch, before), impossible, ALERT_ENDED, false);
	assert_line(line_at(watch, before + 1), compromised, ALERT_ENDED, false);
	assert_line(line_at(watch, before + 2), fanout, ALERT_ENDED, true);
	assert_int_equal(count_news(watch), 3);
}

/* The night that the rules are made for: a site that sends 412 mails in 38 minutes by two scripts, and two hundred that
 * do what sites do, with a score now and then. */
static void play_night(struct watch *watch)
{
	static const char *const paths[] = {"/var/www/shop42/x.php", "/var/www/shop42/y.php"};
	char site[32];

	alerts_set_cooldown(watch->alerts, 60 * MINUTE);
	combine(watch);
	for (unsigned int i = 0; i < 412; i++) {
		watch->time_ns = START + i * 38 * MINUTE / 411;
		watch->script.site = (char *)"shop42.example";
		watch->script.path = (char *)paths[i % ARRAY_SIZE(paths)];
		warn(watch, direct);
		if (i % 7 == 3)
			warn(watch, "bad-helo");
		if (i == 15)
			fire_score(watch, score, 10 * MINUTE);
		if (i >= 20)
			fire(watch, fanout, ALERT_SEVERITY_CRITICAL);
		snprintf(site, sizeof(site), "%u.example", i % 200);
		watch->script.site = site;
		watch->script.path = site;
		fire_score(watch, score, 10 * MINUTE);
		alerts_tick(watch->alerts, watch->time_ns);
	}
	watch->script.site = (char *)"shop42.example";
	watch->script.path = (char *)paths[0];
	tick_until(watch, START + 99 * MINUTE);
}

static void test_three_lines(void **state)
{
	struct watch *watch = *state;
	const struct logged_alert *news[3];
	size_t count = 0;

	play_night(watch);
	for (size_t i = 0; i < watch->log.count; i++) {
		const struct logged_alert *line = line_at(watch, i);
		assert_string_equal(line->incident.id, line_at(watch, 0)->incident.id);
		if (!line->alert.is_news)
			continue;
		assert_true(count < ARRAY_SIZE(news));
		news[count++] = line;
	}
	assert_int_equal(count, ARRAY_SIZE(news));
	assert_line(news[0], direct, ALERT_RAISED, true);
	assert_int_equal(news[0]->incident.severity, ALERT_SEVERITY_WARNING);
	assert_line(news[1], compromised, ALERT_RAISED, true);
	assert_int_equal(news[1]->incident.severity, ALERT_SEVERITY_CRITICAL);
	assert_true(news[1]->incident.is_paging);
	assert_int_equal(news[2]->alert.phase, ALERT_ENDED);
	assert_int_equal(news[2]->incident.count, watch->fired);
	assert_int_equal(news[2]->alert.last_wall_ns - news[2]->incident.first_wall_ns, 38 * MINUTE);
	assert_rules(news[2], "direct-to-mx bad-helo no-quit mx-fanout compromised");
}

/* Far more actors than there is room for. Each firing is in one alert's total, each alert ends once, and each incident
 * begins and ends once. */
static void test_nothing_is_lost(void **state)
{
	static const char *const rules[] = {direct, fanout, impossible, masquerade};
	struct watch *watch = *state;
	unsigned int seed = 20260725;
	uint64_t total = 0, combined = 0, ended = 0, raised = 0, begun = 0, over = 0;

	combine(watch);
	for (int i = 0; i < 20000; i++) {
		watch->time_ns += SECOND / 10;
		watch->actor.identity.key.uid = (uint32_t)rand_r(&seed) % ALERTS_KEPT;
		fire(watch, rules[(size_t)rand_r(&seed) % ARRAY_SIZE(rules)],
		     (enum alert_severity)((unsigned int)rand_r(&seed) % ALERT_SEVERITY_COUNT));
		if (i % 10 == 0)
			alerts_tick(watch->alerts, watch->time_ns);
	}
	alerts_finish(watch->alerts);
	for (size_t i = 0; i < watch->log.count; i++) {
		const struct alert *alert = &line_at(watch, i)->alert;
		raised += alert->phase == ALERT_RAISED;
		begun += alert->is_news && line_at(watch, i)->incident.rule_count == 1 && alert->phase == ALERT_RAISED;
		if (alert->phase != ALERT_ENDED)
			continue;
		ended++;
		over += alert->is_news;
		combined += alert->rule == compromised;
		total += alert->rule == compromised ? 0 : alert->count;
	}
	assert_true(combined > 0);
	assert_int_equal(total, watch->fired);
	assert_int_equal(ended, raised);
	assert_int_equal(over, begun);
	assert_true(over > ALERTS_KEPT / 4);
}

static void play(struct watch *watch)
{
	static const char *const rules[] = {direct, fanout, impossible, masquerade};
	unsigned int seed = 7;

	combine(watch);
	watch->time_ns = START;
	for (int i = 0; i < 5000; i++) {
		watch->time_ns += (unsigned int)rand_r(&seed) % (2 * SECOND);
		watch->actor.identity.key.uid = (uint32_t)rand_r(&seed) % 300;
		fire(watch, rules[(size_t)rand_r(&seed) % ARRAY_SIZE(rules)], ALERT_SEVERITY_HIGH);
		alerts_tick(watch->alerts, watch->time_ns);
	}
	alerts_finish(watch->alerts);
}

/* The same firings give the same lines in the same order. */
static void test_determinism(void **state)
{
	struct watch *watch = *state;

	play(watch);
	struct alert_log first = watch->log;
	watch->log = (struct alert_log){0};
	alerts_free(watch->alerts);
	watch->alerts = alerts_new(COOLDOWN, alert_log_take, &watch->log);
	play(watch);
	assert_int_equal(watch->log.count, first.count);
	for (size_t i = 0; i < first.count; i++) {
		const struct logged_alert *left = &first.lines[i];
		const struct logged_alert *right = &watch->log.lines[i];
		assert_line(right, left->alert.rule, left->alert.phase, left->alert.is_news);
		assert_int_equal(left->alert.count, right->alert.count);
		assert_int_equal(left->alert.last_wall_ns, right->alert.last_wall_ns);
		assert_int_equal(left->identity.key.uid, right->identity.key.uid);
		assert_memory_equal(&left->incident, &right->incident, sizeof(left->incident));
	}
	alert_log_clear(&first);
}

static void test_intervals(void **state)
{
	(void)state;
	assert_int_equal(incident_interval(COOLDOWN, 0), COOLDOWN);
	assert_int_equal(incident_interval(COOLDOWN, 3), 64 * COOLDOWN);
	assert_int_equal(incident_interval(COOLDOWN, 5), 1440 * MINUTE);
	assert_int_equal(incident_interval(COOLDOWN, UINT32_MAX), 1440 * MINUTE);
	assert_int_equal(incident_interval(7 * 1440 * MINUTE, 1), 7 * 1440 * MINUTE);
	assert_int_equal(incident_interval(UINT64_MAX, 1), UINT64_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_still_going),
		TEST(test_still_going_by_another_alert),
		TEST(test_latest_alert_ends_first),
		TEST(test_what_lifts_an_incident),
		TEST(test_end),
		TEST(test_finish),
		TEST(test_three_lines),
		TEST(test_nothing_is_lost),
		TEST(test_determinism),
		TEST(test_intervals),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("incident_lines", tests, NULL, NULL);
}
