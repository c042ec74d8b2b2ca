/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules, asked about connections of a mail server that the test makes up: what receivers answer, and whether. */
#ifndef SMTPWATCH_TESTS_RULES_HOST_WATCH_H
#define SMTPWATCH_TESTS_RULES_HOST_WATCH_H

#include "rules/rules.h"
#include "support/alert_log.h"
#include "support/host_time.h"
#include "support/observations.h"

#include <stdlib.h>
#include <time.h>

struct host_watch {
	struct rules *rules;
	struct alert_log log;
	struct actor actor;
	struct flow flow; /* of the next observation */
	uint64_t time_ns;
};

static inline int host_set_up(void **state)
{
	static struct host_watch watch;
	const struct rules_options options = {.cooldown_ns = 30 * DAY, .orphan_age_ns = RULES_ORPHAN_AGE_NS};

	setenv("TZ", "UTC", 1);
	tzset();
	watch = (struct host_watch){
		.actor = {.identity = identity_of(77, 101, 5), .role = ACTOR_ROLE_MTA},
		.flow = {.id = 1, .remote = endpoint_at("203.0.113.25", 25), .scope = SW_SCOPE_EXTERNAL},
		.time_ns = START,
	};
	watch.rules = rules_new(&options, NULL, alert_log_take, &watch.log);
	*state = &watch;
	return watch.rules ? 0 : -1;
}

static inline int host_tear_down(void **state)
{
	struct host_watch *watch = (struct host_watch *)*state;

	rules_free(watch->rules);
	alert_log_clear(&watch->log);
	return 0;
}

static inline uint64_t host_wall(const struct host_watch *watch)
{
	return START_WALL + (watch->time_ns - START);
}

static inline void host_judge(struct host_watch *watch, struct observation *observation, struct model_change *change)
{
	observation->time_ns = watch->time_ns;
	observation->wall_ns = host_wall(watch);
	change->actor = &watch->actor;
	change->flow = change->flow ? change->flow : &watch->flow;
	assert_int_equal(rules_judge(watch->rules, observation, change), 0);
}

/* A reply as the table of replies has classified it. */
static inline void host_reply(struct host_watch *watch, enum reply_class class, const char *receiver, const char *text)
{
	const struct dialogue_event event = {.kind = DIALOGUE_REPLY,
					     .stage = DIALOGUE_STAGE_RCPT,
					     .code = 554,
					     .text = text,
					     .class = class,
					     .receiver = receiver};
	struct observation observation = {.kind = OBSERVATION_DIALOGUE, .dialogue = &event};
	struct model_change change = {.flow = NULL};

	host_judge(watch, &observation, &change);
}

/* How the alert stands, with what is left to be said. */
static inline const struct logged_alert *host_last(struct host_watch *watch)
{
	rules_finish(watch->rules);
	return watch->log.count ? &watch->log.lines[watch->log.count - 1] : NULL;
}

#define assert_said(watch, severity_, evidence_)                     \
	do {                                                         \
		const struct logged_alert *line_ = host_last(watch); \
		assert_non_null(line_);                              \
		assert_string_equal(line_->evidence, evidence_);     \
		assert_int_equal(line_->alert.severity, severity_);  \
	} while (0)

#define HOST_TEST(function) cmocka_unit_test_setup_teardown(function, host_set_up, host_tear_down)

#endif
