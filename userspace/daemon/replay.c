// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/replay.h"

#include "capture/dissector.h"
#include "capture/source.h"
#include "daemon/pipeline.h"
#include "daemon/replay_lines.h"
#include "daemon/settings.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#define FRAMES_AT_ONCE 4096

struct replay {
	struct config *config;
	struct sinks *sinks;
	struct pipeline *pipeline;
	struct source *source;
	struct dissector *dissector;
	uint64_t frames;
	uint64_t ticked_ns;
};

static void cleanup_replay(struct replay *replay)
{
	dissector_free(replay->dissector);
	source_close(replay->source);
	pipeline_free(replay->pipeline);
	sinks_free(replay->sinks);
	config_free(replay->config);
}

static void take_dialogue(void *context, const struct dialogue_event *event)
{
	const struct replay *replay = context;
	pipeline_take_dialogue(replay->pipeline, event);
}

static void take_name(void *context, const struct name_event *event)
{
	const struct replay *replay = context;
	pipeline_take_name(replay->pipeline, event);
}

static const struct dissector_taker taker = {.dialogue = take_dialogue, .name = take_name};

static void take_frame(void *context, const struct frame *frame)
{
	struct replay *replay = context;

	replay->frames++;
	if (frame->wall_ns >= replay->ticked_ns + NANOSECONDS_A_SECOND) {
		replay->ticked_ns = frame->wall_ns;
		dissector_tick(replay->dissector, frame->wall_ns);
		pipeline_tick(replay->pipeline, frame->wall_ns);
	}
	dissector_take(replay->dissector, frame);
}

static int open_sinks(struct replay *replay, enum output_format format)
{
	replay->sinks = sinks_new();
	if (!replay->sinks)
		return -ENOMEM;
	return format == OUTPUT_JSON ? sinks_add_json(replay->sinks, stdout) : sinks_add_text(replay->sinks, stdout);
}

static int open_pipeline(struct replay *replay, const struct command_line *command)
{
	struct replies *replies;
	struct rule_set *rules;
	struct scopes *scopes;

	int error = settings_load_config(command, &replay->config);
	if (!error)
		error = open_sinks(replay, command->format);
	if (!error)
		error = pipeline_new(replay->config, replay->sinks, true, &replay->pipeline);
	if (!error)
		error = settings_load_replies(replay->config, &replies);
	if (error)
		return error;
	pipeline_set_replies(replay->pipeline, replies);
	error = settings_load_rules(replay->config, NULL, &rules);
	if (!error)
		error = pipeline_set_rules(replay->pipeline, rules);
	if (error)
		return error;
	error = settings_make_scopes(replay->config, false, &scopes);
	if (!error)
		pipeline_set_scopes(replay->pipeline, scopes);
	return error;
}

static int open_capture(struct replay *replay, const char *path)
{
	struct source_error problem = {.message = "out of memory"};
	_cleanup_free_ struct dissector_scope *scope = calloc(1, sizeof(*scope));

	int error = scope ? source_open_file(path, &replay->source, &problem) : -ENOMEM;
	if (error) {
		log_error("%s", problem.message);
		return error == -EINVAL ? -EIO : error; /* not what was configured is at fault */
	}
	int link_type = source_link_type(replay->source);
	replay->dissector = dissector_new(link_type, replay->config->max_connections, packet_link_has_way(link_type),
					  &taker, replay);
	if (!replay->dissector)
		return -ENOMEM;
	settings_fill_scope(replay->config, NULL, scope);
	dissector_set_scope(replay->dissector, scope);
	return 0;
}

static int read_all(struct replay *replay)
{
	struct source_error problem;
	int count;

	while ((count = source_read(replay->source, FRAMES_AT_ONCE, take_frame, replay, &problem)) > 0)
		if (sinks_reader_is_gone(replay->sinks))
			return 0;
	if (count < 0)
		log_error("%s", problem.message);
	return count;
}

static void finish(struct replay *replay, uint64_t started_ns)
{
	char duration[CLOCK_TEXT_SIZE];

	dissector_free(TAKE_PTR(replay->dissector)); /* what is open ends here */
	pipeline_settle(replay->pipeline);
	pipeline_finish(replay->pipeline);
	const struct model_totals totals = pipeline_totals(replay->pipeline);
	log_notice("%" PRIu64 " packets, %" PRIu64 " connections, %" PRIu64 " alert lines in %s", replay->frames,
		   totals.attempts, pipeline_alert_lines(replay->pipeline),
		   clock_format_duration(clock_boot_ns() - started_ns, duration));
}

int replay_run(const struct command_line *command)
{
	_cleanup_(cleanup_replay) struct replay replay = {0};
	uint64_t started_ns = clock_boot_ns();

	signal(SIGPIPE, SIG_IGN);
	if (replay_is_of_lines(command->replay_path))
		return replay_lines_run(command);
	if (command->diff_path || command->replay_count > 0) {
		log_error("%s is for recorded observations", command->diff_path ? "--diff" : "more than one file");
		return -EINVAL;
	}
	int error = open_pipeline(&replay, command);
	if (!error)
		error = open_capture(&replay, command->replay_path);
	if (error)
		return error;
	error = read_all(&replay);
	finish(&replay, started_ns);
	return error;
}
