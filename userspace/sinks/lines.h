/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that sinks are told, a line each, as text (sinks/line.h) or as ECS JSON (sinks/ecs.h). */
#ifndef SMTPWATCH_SINKS_LINES_H
#define SMTPWATCH_SINKS_LINES_H

#include "sinks/sinks.h"

/* The first member of the state of a sink that takes lines. */
struct lines {
	void (*put)(struct lines *lines, const char *line); /* without a newline at its end */
};

/* For the operations of such a sink. */
void lines_text_alert(void *state, const struct alert *alert);
void lines_text_flow(void *state, const struct flow_event *event);
void lines_text_reply(void *state, const struct reply_event *event);
void lines_text_submission(void *state, const struct submission_event *event);
void lines_text_gap(void *state, const struct watch_gap *gap);
void lines_text_summary(void *state, const struct summary *summary);
void lines_json_alert(void *state, const struct alert *alert);
void lines_json_flow(void *state, const struct flow_event *event);
void lines_json_reply(void *state, const struct reply_event *event);
void lines_json_submission(void *state, const struct submission_event *event);
void lines_json_gap(void *state, const struct watch_gap *gap);
void lines_json_summary(void *state, const struct summary *summary);

/* All of one form. */
#define LINES_TEXT                                                                                       \
	.write_alert = lines_text_alert, .write_flow = lines_text_flow, .write_reply = lines_text_reply, \
	.write_submission = lines_text_submission, .write_gap = lines_text_gap, .write_summary = lines_text_summary
#define LINES_JSON                                                                                               \
	.wants_all = true, .write_alert = lines_json_alert, .write_flow = lines_json_flow,                       \
	.write_reply = lines_json_reply, .write_submission = lines_json_submission, .write_gap = lines_json_gap, \
	.write_summary = lines_json_summary

#endif
