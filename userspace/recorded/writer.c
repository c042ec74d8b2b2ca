// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/writer.h"

#include "lib/log.h"
#include "lib/text.h"
#include "recorded/line.h"
#include "recorded/record_file.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#define FLUSH_SIZE 65536 /* bytes that wait at most before they are written */

struct recorder {
	struct line_writer *lines;
	struct record_file *file;
	size_t used;
	uint64_t waiting; /* lines in the buffer */
	uint64_t dropped;
	bool is_failing;
	char shown[TEXT_ESCAPED_SIZE(PATH_MAX)];
	char buffer[FLUSH_SIZE + RECORDED_LINE_MAX];
};

int recorder_new(const struct recorder_options *options, struct recorder **ret_recorder)
{
	_cleanup_(cleanup_recorder_free) struct recorder *recorder = calloc(1, sizeof(*recorder));

	if (!recorder)
		return -ENOMEM;
	text_escape(recorder->shown, sizeof(recorder->shown), options->path, strlen(options->path));
	recorder->lines = line_writer_new();
	int error = recorder->lines
			    ? record_file_open(options->path, options->max_bytes, options->files, &recorder->file)
			    : -ENOMEM;
	if (!error)
		line_writer_set_host(recorder->lines, options->host_name);
	if (error == -EPERM)
		log_error("nothing is recorded: %s is no file of this user's that nobody else may write to",
			  recorder->shown);
	else if (error)
		log_error("nothing is recorded: cannot write to %s: %s", recorder->shown, strerror(-error));
	if (error)
		return error;
	*ret_recorder = TAKE_PTR(recorder);
	return 0;
}

static void flush(struct recorder *recorder)
{
	if (recorder->used == 0)
		return;
	int error = record_file_write(recorder->file, recorder->buffer, recorder->used);
	if (error)
		recorder->dropped += recorder->waiting;
	if (error && !recorder->is_failing)
		log_warning("cannot record to %s: %s; lines are dropped", recorder->shown, strerror(-error));
	if (!error && recorder->is_failing)
		log_notice("%s is recorded to again; %" PRIu64 " lines were dropped", recorder->shown,
			   recorder->dropped);
	recorder->is_failing = error != 0;
	recorder->used = 0;
	recorder->waiting = 0;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->file)
		flush(recorder);
	record_file_close(recorder->file);
	line_writer_free(recorder->lines);
	free(recorder);
}

/* Whether a rule could listen to it. */
static bool is_asked(const struct observation *observation, const struct model_change *change)
{
	static const bool kinds[OBSERVATION_KIND_COUNT] = {
		[OBSERVATION_ATTEMPT] = true,  [OBSERVATION_ESTABLISHED] = true, [OBSERVATION_END] = true,
		[OBSERVATION_COUNTERS] = true, [OBSERVATION_SUBMISSION] = true,  [OBSERVATION_DIALOGUE] = true,
		[OBSERVATION_NAME] = true,
	};

	if (!change->actor || !kinds[observation->kind])
		return false;
	if (observation->kind == OBSERVATION_COUNTERS)
		return change->direct_added > 0;
	return observation->kind != OBSERVATION_NAME || observation->name->kind == NAME_MX_QUERY;
}

void recorder_take(struct recorder *recorder, const struct observation *observation, const struct model_change *change)
{
	if (!is_asked(observation, change))
		return;
	size_t size =
		line_write(recorder->lines, observation, change, recorder->buffer + recorder->used, RECORDED_LINE_MAX);
	recorder->used += size;
	recorder->waiting += size > 0;
	recorder->dropped += size == 0;
	if (recorder->used >= FLUSH_SIZE)
		flush(recorder);
}

void recorder_tick(struct recorder *recorder)
{
	flush(recorder);
}

uint64_t recorder_dropped(const struct recorder *recorder)
{
	return recorder->dropped;
}
