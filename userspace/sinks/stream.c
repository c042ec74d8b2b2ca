// SPDX-License-Identifier: GPL-2.0-only
/* Lines to a stream: what --foreground writes to stdout, as text or JSON. */
#include "sinks/ecs.h"
#include "sinks/line.h"

#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <string.h>

struct stream_sink {
	FILE *stream;
	bool failing;
	bool closed; /* by whoever read it */
	uint64_t dropped;
};

static void drop_line(struct stream_sink *sink, int error)
{
	__fpurge(sink->stream);
	clearerr(sink->stream);
	sink->dropped++;
	sink->closed = error == EPIPE;
	if (!sink->failing && !sink->closed)
		log_warning("cannot write to stdout (%s): lines are dropped", strerror(error));
	sink->failing = true;
}

static void put(void *state, const char *line)
{
	struct stream_sink *sink = state;

	if (sink->closed)
		return;
	fputs(line, sink->stream);
	fputc('\n', sink->stream);
	if (fflush(sink->stream) != 0) {
		drop_line(sink, errno);
		return;
	}
	if (sink->failing)
		log_notice("stdout can be written again; %" PRIu64 " lines were dropped", sink->dropped);
	sink->failing = false;
}

static bool reader_is_gone(const void *state)
{
	const struct stream_sink *sink = state;
	return sink->closed;
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

static void text_reply(void *state, const struct reply_event *event)
{
	char line[LINE_SIZE];
	line_of_reply(event, line);
	put(state, line);
}

static void text_submission(void *state, const struct submission_event *event)
{
	char line[LINE_SIZE];
	line_of_submission(event, line);
	put(state, line);
}

static void text_summary(void *state, const struct summary *summary)
{
	char line[LINE_SIZE];
	line_of_summary(summary, line);
	put(state, line);
}

static void put_json(void *state, json_t *object)
{
	_cleanup_free_ char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	if (line)
		put(state, line);
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

static void json_reply(void *state, const struct reply_event *event)
{
	put_json(state, ecs_of_reply(event));
}

static void json_submission(void *state, const struct submission_event *event)
{
	put_json(state, ecs_of_submission(event));
}

static void json_summary(void *state, const struct summary *summary)
{
	put_json(state, ecs_of_summary(summary));
}

static const struct sink_operations text_operations = {
	.name = "text",
	.write_alert = text_alert,
	.write_flow = text_flow,
	.write_reply = text_reply,
	.write_submission = text_submission,
	.write_summary = text_summary,
	.reader_is_gone = reader_is_gone,
	.free_state = free,
};

static const struct sink_operations json_operations = {
	.name = "json",
	.wants_all = true,
	.write_alert = json_alert,
	.write_flow = json_flow,
	.write_reply = json_reply,
	.write_submission = json_submission,
	.write_summary = json_summary,
	.reader_is_gone = reader_is_gone,
	.free_state = free,
};

static int add(struct sinks *sinks, const struct sink_operations *operations, FILE *stream)
{
	struct stream_sink *sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	sink->stream = stream;
	return sinks_add(sinks, operations, sink);
}

int sinks_add_text(struct sinks *sinks, FILE *stream)
{
	return add(sinks, &text_operations, stream);
}

int sinks_add_json(struct sinks *sinks, FILE *stream)
{
	return add(sinks, &json_operations, stream);
}
