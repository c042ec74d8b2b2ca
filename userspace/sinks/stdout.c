// SPDX-License-Identifier: GPL-2.0-only
/* Lines to stdout, as text or JSON, of a daemon that must not wait for whoever reads them. */
#include "sinks/line_file.h"
#include "sinks/lines.h"

#include <errno.h>

struct stdout_sink {
	struct lines lines;
	struct line_file file;
};

static void put(struct lines *lines, const char *line)
{
	struct stdout_sink *sink = (struct stdout_sink *)lines;
	line_file_put(&sink->file, line);
}

static void flush(void *state)
{
	struct stdout_sink *sink = state;
	line_file_report(&sink->file, line_file_flush(&sink->file));
}

static bool is_busy(const void *state)
{
	const struct stdout_sink *sink = state;
	return !queue_is_empty(&sink->file.queue);
}

static bool reader_is_gone(const void *state)
{
	const struct stdout_sink *sink = state;
	return sink->file.is_closed;
}

static uint64_t losses(const void *state)
{
	const struct stdout_sink *sink = state;
	return sink->file.queue.dropped;
}

static int problem(const void *state)
{
	const struct stdout_sink *sink = state;
	return line_file_problem(&sink->file);
}

static void free_state(void *state)
{
	struct stdout_sink *sink = state;

	line_file_end(&sink->file);
	free(sink);
}

#define OTHER_OPERATIONS                                                                                           \
	.name = "stdout", .tick = flush, .serve = flush, .is_busy = is_busy, .losses = losses, .problem = problem, \
	.reader_is_gone = reader_is_gone, .free_state = free_state

static const struct sink_operations text_operations = {LINES_TEXT, OTHER_OPERATIONS};
static const struct sink_operations json_operations = {LINES_JSON, OTHER_OPERATIONS};

static int add(struct sinks *sinks, const struct sink_operations *operations)
{
	_cleanup_free_ struct stdout_sink *sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	sink->lines.put = put;
	line_file_init(&sink->file, sinks, "stdout");
	int error = line_file_use(&sink->file, STDOUT_FILENO);
	return error ? error : sinks_add(sinks, operations, TAKE_PTR(sink));
}

int sinks_add_text_stdout(struct sinks *sinks)
{
	return add(sinks, &text_operations);
}

int sinks_add_json_stdout(struct sinks *sinks)
{
	return add(sinks, &json_operations);
}
