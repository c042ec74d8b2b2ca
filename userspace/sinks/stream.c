// SPDX-License-Identifier: GPL-2.0-only
/* Lines to a stream: what --foreground writes to stdout, as text or JSON. */
#include "sinks/ecs.h"
#include "sinks/line.h"

#include <errno.h>

static void put(FILE *stream, const char *line)
{
	fputs(line, stream);
	fputc('\n', stream);
	fflush(stream);
}

static void text_alert(void *state, const struct alert *alert)
{
	char line[LINE_SIZE];
	line_of_alert(alert, line);
	put(state, line);
}

static void text_flow(void *state, const struct flow_event *event)
{
	char line[LINE_SIZE];
	line_of_flow(event, line);
	put(state, line);
}

static void text_summary(void *state, const struct summary *summary)
{
	char line[LINE_SIZE];
	line_of_summary(summary, line);
	put(state, line);
}

static void put_json(FILE *stream, json_t *object)
{
	_cleanup_free_ char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	if (line)
		put(stream, line);
	json_decref(object);
}

static void json_alert(void *state, const struct alert *alert)
{
	put_json(state, ecs_of_alert(alert));
}

static void json_flow(void *state, const struct flow_event *event)
{
	put_json(state, ecs_of_flow(event));
}

static void json_summary(void *state, const struct summary *summary)
{
	put_json(state, ecs_of_summary(summary));
}

static const struct sink_operations text_operations = {
	.name = "text",
	.write_alert = text_alert,
	.write_flow = text_flow,
	.write_summary = text_summary,
};

static const struct sink_operations json_operations = {
	.name = "json",
	.write_alert = json_alert,
	.write_flow = json_flow,
	.write_summary = json_summary,
};

int sinks_add_text(struct sinks *sinks, FILE *stream)
{
	return sinks_add(sinks, &text_operations, stream);
}

int sinks_add_json(struct sinks *sinks, FILE *stream)
{
	return sinks_add(sinks, &json_operations, stream);
}
