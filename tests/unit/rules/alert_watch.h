/* SPDX-License-Identifier: GPL-2.0-only */
/* Alerts of a rule that the test makes up, and the lines that they come to. */
#ifndef SMTPWATCH_TESTS_RULES_ALERT_WATCH_H
#define SMTPWATCH_TESTS_RULES_ALERT_WATCH_H

#include "rules/alerts.h"

#include "lib/clock.h"
#include "support/alert_log.h"
#include "support/observations.h"

#define SECOND NANOSECONDS_A_SECOND
#define COOLDOWN (300 * SECOND)
#define DAY (86400 * SECOND)
#define WINDOW (600 * SECOND)
#define START (100000 * SECOND)

static const char rule[] = "test-rule";

struct watch {
	struct alerts *alerts;
	struct alert_log log;
	uint64_t fired;
};

static inline int set_up(void **state)
{
	static struct watch watch;

	watch = (struct watch){.alerts = alerts_new(COOLDOWN, alert_log_take, &watch.log)};
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

static inline struct firing firing_of(const struct actor *actor, const struct endpoint *remote, uint64_t time_ns)
{
	return (struct firing){
		.rule = rule,
		.actor = actor,
		.remote = remote,
		.count = 1,
		.time_ns = time_ns,
		.wall_ns = WALL_OF(time_ns),
		.severity = ALERT_SEVERITY_WARNING,
		.window_ns = WINDOW,
	};
}

static inline void fire_as(struct watch *watch, const struct actor *actor, const char *address, uint64_t time_ns)
{
	struct endpoint remote = endpoint_at(address, 25);
	struct firing firing = firing_of(actor, &remote, time_ns);

	assert_int_equal(alerts_fire(watch->alerts, &firing), 0);
	watch->fired++;
}

static inline void fire(struct watch *watch, uint32_t uid, uint64_t inode, const char *address, uint64_t time_ns)
{
	struct actor actor = {.identity = identity_of(4121, uid, inode), .executable = (char *)"/usr/bin/php8.2"};
	fire_as(watch, &actor, address, time_ns);
}

static inline const struct alert *last_line(const struct watch *watch)
{
	assert_true(watch->log.count > 0);
	return &watch->log.lines[watch->log.count - 1].alert;
}

static inline void assert_lines(const struct watch *watch, size_t count)
{
	assert_int_equal(watch->log.count, count);
	assert_int_equal(alerts_written(watch->alerts), count);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

#endif
