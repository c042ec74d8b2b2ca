/* SPDX-License-Identifier: GPL-2.0-only */
/* A writer of alerts that remembers what it was given. */
#ifndef SMTPWATCH_TESTS_SUPPORT_ALERT_LOG_H
#define SMTPWATCH_TESTS_SUPPORT_ALERT_LOG_H

#include "support/test.h"

#include <smtpwatch/alert.h>
#include <stdlib.h>

struct logged_alert {
	struct alert alert; /* `actor` was borrowed and is not to be followed */
	struct sw_identity identity;
	char executable[64];
	char argv[64];
};

struct alert_log {
	struct logged_alert *lines;
	size_t count;
};

static inline void alert_log_take(void *context, const struct alert *alert)
{
	struct alert_log *log = (struct alert_log *)context;
	struct logged_alert *lines =
		(struct logged_alert *)reallocarray(log->lines, log->count + 1, sizeof(*log->lines));

	assert_non_null(lines);
	log->lines = lines;
	struct logged_alert *line = &log->lines[log->count++];
	memset(line, 0, sizeof(*line));
	line->alert = *alert;
	line->identity = alert->actor->identity;
	if (alert->actor->executable)
		snprintf(line->executable, sizeof(line->executable), "%s", alert->actor->executable);
	if (alert->actor->argv)
		snprintf(line->argv, sizeof(line->argv), "%.*s", (int)alert->actor->argv_size, alert->actor->argv);
}

static inline void alert_log_clear(struct alert_log *log)
{
	free(log->lines);
	*log = (struct alert_log){0};
}

/* What was said in all: a line with a larger count replaces the earlier ones of its key, but those of one
 * that was forgotten and raised anew. */
static inline uint64_t alert_log_total(const struct alert_log *log)
{
	uint64_t total = 0;

	for (size_t i = 0; i < log->count; i++) {
		const struct logged_alert *line = &log->lines[i];
		uint64_t before = 0;

		for (size_t j = 0; j < i && line->alert.phase != ALERT_RAISED; j++) {
			const struct logged_alert *earlier = &log->lines[j];
			if (earlier->identity.key.uid == line->identity.key.uid &&
			    earlier->alert.more_actors == line->alert.more_actors &&
			    (line->alert.more_actors ||
			     earlier->identity.key.exe_inode == line->identity.key.exe_inode))
				before = earlier->alert.count;
		}
		total += line->alert.count - before;
	}
	return total;
}

#endif
