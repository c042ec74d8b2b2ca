/* SPDX-License-Identifier: GPL-2.0-only */
/* A writer of alerts that remembers what it was given. */
#ifndef SMTPWATCH_TESTS_SUPPORT_ALERT_LOG_H
#define SMTPWATCH_TESTS_SUPPORT_ALERT_LOG_H

#include "support/test.h"

#include <smtpwatch/alert.h>
#include <stdlib.h>

struct logged_alert {
	struct alert alert; /* what it points to was borrowed and is not to be followed, but for names of rules */
	struct alert_incident incident;
	struct alert_sample samples[ALERT_SAMPLES_MAX];
	struct sw_identity identity;
	char executable[64];
	char argv[64];
	char script[512];
	char evidence[160];
	char source[64];
};

struct alert_log {
	struct logged_alert *lines;
	size_t count;
	size_t room;
};

static inline void alert_log_take(void *context, const struct alert *alert)
{
	struct alert_log *log = (struct alert_log *)context;

	if (log->count == log->room) {
		log->room = log->room ? 2 * log->room : 16;
		log->lines = (struct logged_alert *)reallocarray(log->lines, log->room, sizeof(*log->lines));
		assert_non_null(log->lines);
	}
	struct logged_alert *line = &log->lines[log->count++];
	memset(line, 0, sizeof(*line));
	line->alert = *alert;
	line->identity = alert->actor->identity;
	if (alert->actor->executable)
		snprintf(line->executable, sizeof(line->executable), "%s", alert->actor->executable);
	if (alert->actor->script && alert->actor->script->path)
		snprintf(line->script, sizeof(line->script), "%s", alert->actor->script->path);
	if (alert->incident)
		line->incident = *alert->incident;
	for (size_t i = 0; i < alert->sample_count; i++)
		line->samples[i] = alert->samples[i];
	if (alert->source)
		snprintf(line->source, sizeof(line->source), "%s", alert->source);
	if (alert->evidence)
		snprintf(line->evidence, sizeof(line->evidence), "%s", alert->evidence);
	if (alert->actor->argv)
		snprintf(line->argv, sizeof(line->argv), "%.*s", (int)alert->actor->argv_size, alert->actor->argv);
}

static inline void alert_log_clear(struct alert_log *log)
{
	free(log->lines);
	*log = (struct alert_log){0};
}

static inline bool alert_log_is_same_key(const struct logged_alert *left, const struct logged_alert *right)
{
	if (left->alert.rule != right->alert.rule || left->identity.key.uid != right->identity.key.uid ||
	    left->alert.more_actors != right->alert.more_actors)
		return false;
	if (left->alert.more_actors) /* of a site or a user: which, no line says */
		return left->alert.first_wall_ns == right->alert.first_wall_ns;
	return left->identity.key.exe_inode == right->identity.key.exe_inode &&
	       strcmp(left->script, right->script) == 0;
}

/* What was said in all: a line with a larger count replaces the earlier ones of its key, but those of one
 * that was forgotten and raised anew. */
static inline uint64_t alert_log_total(const struct alert_log *log)
{
	uint64_t total = 0;

	for (size_t i = 0; i < log->count; i++) {
		const struct logged_alert *line = &log->lines[i];
		uint64_t before = 0;

		for (size_t j = 0; j < i && line->alert.phase != ALERT_RAISED; j++)
			if (alert_log_is_same_key(&log->lines[j], line))
				before = log->lines[j].alert.count;
		total += line->alert.count - before;
	}
	return total;
}

#endif
