/* SPDX-License-Identifier: GPL-2.0-only */
/* Alerts of one actor or several, told by the lines that alerts.c writes. */
#ifndef SMTPWATCH_TESTS_RULES_INCIDENT_WATCH_H
#define SMTPWATCH_TESTS_RULES_INCIDENT_WATCH_H

#include "rules/incidents.h"

#include "lib/clock.h"
#include "rules/alerts.h"
#include "rules/rule_set.h"
#include "support/alert_log.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define MINUTE (60 * SECOND)
#define COOLDOWN (5 * MINUTE)
#define QUIET (10 * MINUTE)
#define START (100000 * SECOND)
#define ALERTS_KEPT 2048 /* rules/alerts.c */

static const char direct[] = "direct-to-mx";
static const char fanout[] = "mx-fanout";
static const char impossible[] = "impossible-helo";
static const char masquerade[] = "masquerade";
static const char score[] = "no-quit";
static const char compromised[] = "compromised";

static const char *identities[] = {impossible, masquerade, score};
static const char *width[] = {fanout};
static const struct combination paging = {
	.name = compromised,
	.reason = "one of them alone can be an accident",
	.source = (char *)"catalogue.conf:7",
	.is_enabled = true,
	.severity = ALERT_SEVERITY_CRITICAL,
	.any = identities,
	.any_count = ARRAY_SIZE(identities),
	.all = width,
	.all_count = ARRAY_SIZE(width),
};

struct watch {
	struct alerts *alerts;
	struct alert_log log;
	struct script script; /* of a site */
	struct unit unit;
	struct actor actor;
	uint64_t time_ns; /* of the next firing */
	uint64_t fired;   /* without scores */
};

static inline int set_up(void **state)
{
	static struct watch watch;

	watch = (struct watch){
		.alerts = alerts_new(COOLDOWN, alert_log_take, &watch.log),
		.script = {.references = 1,
			   .source = SCRIPT_SOURCE_PHP_REQUEST,
			   .path = (char *)"/var/www/shop42/x.php",
			   .site = (char *)"shop42.example"},
		.unit = {.references = 1, .name = (char *)"php8.2-fpm.service"},
		.actor = {.identity = identity_of(4121, 33, 7)},
		.time_ns = START,
	};
	watch.actor.script = &watch.script;
	watch.actor.unit = &watch.unit;
	*state = &watch;
	return watch.alerts ? 0 : -1;
}

static inline int tear_down(void **state)
{
	struct watch *watch = *state;

	alerts_free(watch->alerts);
	alert_log_clear(&watch->log);
	return 0;
}

static inline struct firing firing_of(const struct watch *watch, const char *rule, enum alert_severity severity)
{
	return (struct firing){
		.rule = rule,
		.actor = &watch->actor,
		.count = 1,
		.time_ns = watch->time_ns,
		.wall_ns = WALL_OF(watch->time_ns),
		.severity = severity,
	};
}

static inline void fire(struct watch *watch, const char *rule, enum alert_severity severity)
{
	const struct firing firing = firing_of(watch, rule, severity);

	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	watch->fired++;
}

static inline void fire_score(struct watch *watch, const char *rule, uint64_t window_ns)
{
	struct firing firing = firing_of(watch, rule, ALERT_SEVERITY_CRITICAL);

	firing.is_score = true;
	firing.window_ns = window_ns;
	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
}

static inline void warn(struct watch *watch, const char *rule)
{
	fire(watch, rule, ALERT_SEVERITY_WARNING);
}

static inline void tick_until(struct watch *watch, uint64_t time_ns)
{
	for (; watch->time_ns < time_ns; watch->time_ns += SECOND)
		alerts_tick(watch->alerts, watch->time_ns);
	alerts_tick(watch->alerts, watch->time_ns);
}

static inline const struct logged_alert *line_at(const struct watch *watch, size_t index)
{
	assert_true(index < watch->log.count);
	return &watch->log.lines[index];
}

static inline const struct logged_alert *last_line(const struct watch *watch)
{
	assert_true(watch->log.count > 0);
	return &watch->log.lines[watch->log.count - 1];
}

static inline void assert_line(const struct logged_alert *line, const char *rule, enum alert_phase phase, bool is_news)
{
	assert_string_equal(line->alert.rule, rule);
	assert_int_equal(line->alert.phase, phase);
	assert_int_equal(line->alert.is_news, is_news);
}

static inline void assert_rules(const struct logged_alert *line, const char *expected)
{
	char names[512] = "";

	for (size_t i = 0; i < line->incident.rule_count; i++) {
		strcat(names, i ? " " : "");
		strcat(names, line->incident.rules[i]);
	}
	assert_string_equal(names, expected);
}

static inline size_t count_news(const struct watch *watch)
{
	size_t count = 0;

	for (size_t i = 0; i < watch->log.count; i++)
		count += watch->log.lines[i].alert.is_news;
	return count;
}

static inline void combine(struct watch *watch)
{
	alerts_set_combinations(watch->alerts, &paging, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
