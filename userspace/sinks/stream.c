// SPDX-License-Identifier: GPL-2.0-only
/* Lines to a stream, as text or JSON, waiting for whoever reads it: what a replay writes to stdout. */
#include "sinks/lines.h"

#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <string.h>

struct stream_sink {
	struct lines lines;
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

static void put(struct lines *lines, const char *line)
{
	struct stream_sink *sink = (struct stream_sink *)lines;

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

static uint64_t losses(const void *state)
{
	const struct stream_sink *sink = state;
	return sink->dropped;
}

#define OTHER_OPERATIONS .name = "stdout", .reader_is_gone = reader_is_gone, .losses = losses, .free_state = free

static const struct sink_operations text_operations = {LINES_TEXT, OTHER_OPERATIONS};
static const struct sink_operations json_operations = {LINES_JSON, OTHER_OPERATIONS};

static int add(struct sinks *sinks, const struct sink_operations *operations, FILE *stream)
{
	struct stream_sink *sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	sink->lines.put = put;
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
