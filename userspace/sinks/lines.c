// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/lines.h"

#include "sinks/ecs.h"
#include "sinks/line.h"

void lines_text_alert(void *state, const struct alert *alert)
{
	struct lines *lines = state;
	char line[LINE_SIZE];

	line_of_alert(alert, line);
	lines->put(lines, line);
}

void lines_text_flow(void *state, const struct flow_event *event)
{
	struct lines *lines = state;
	char line[LINE_SIZE];

	line_of_flow(event, line);
	lines->put(lines, line);
}

void lines_text_reply(void *state, const struct reply_event *event)
{
	struct lines *lines = state;
	char line[LINE_SIZE];

	line_of_reply(event, line);
	lines->put(lines, line);
}

void lines_text_submission(void *state, const struct submission_event *event)
{
	struct lines *lines = state;
	char line[LINE_SIZE];

	line_of_submission(event, line);
	lines->put(lines, line);
}

void lines_text_gap(void *state, const struct watch_gap *gap)
{
	struct lines *lines = state;
	char line[LINE_SIZE];

	line_of_gap(gap, line);
	lines->put(lines, line);
}

void lines_text_summary(void *state, const struct summary *summary)
{
	struct lines *lines = state;
	char line[LINE_SIZE];

	line_of_summary(summary, line);
	lines->put(lines, line);
}

static void put_json(struct lines *lines, json_t *object)
{
	_cleanup_free_ char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	if (line)
		lines->put(lines, line);
	json_decref(object);
}

void lines_json_alert(void *state, const struct alert *alert)
{
	put_json(state, ecs_of_alert(alert));
}

void lines_json_flow(void *state, const struct flow_event *event)
{
	put_json(state, ecs_of_flow(event));
}

void lines_json_reply(void *state, const struct reply_event *event)
{
	put_json(state, ecs_of_reply(event));
}

void lines_json_submission(void *state, const struct submission_event *event)
{
	put_json(state, ecs_of_submission(event));
}

void lines_json_gap(void *state, const struct watch_gap *gap)
{
	put_json(state, ecs_of_gap(gap));
}

void lines_json_summary(void *state, const struct summary *summary)
{
	put_json(state, ecs_of_summary(summary));
}
