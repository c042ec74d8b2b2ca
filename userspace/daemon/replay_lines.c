// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/replay_lines.h"

#include "daemon/alert_diff.h"
#include "daemon/settings.h"
#include "lib/clock.h"
#include "lib/fingerprint.h"
#include "lib/log.h"
#include "lib/text.h"
#include "recorded/blocks.h"
#include "recorded/reader.h"
#include "rules/rules.h"
#include "sinks/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define PROBLEMS_TOLD 10
#define TICKS_MAX                                                                                            \
	600 /* seconds of a gap that are gone through one by one; behind them nothing waits any more but the \
	     * last */
#define KEY_SIZE 2048

struct contestant {
	struct lines_replay *replay;
	enum alert_diff_side side;
	struct rules *rules; /* NULL: there is nothing to be compared with */
};

struct lines_replay {
	struct config *config;
	struct sinks *sinks;
	struct recorded_reader *reader;
	struct contestant contestants[ALERT_DIFF_SIDE_COUNT];
	struct alert_diff *diff; /* NULL: alerts are written */
	struct rules_options options;
	char host_name[NAME_SIZE];
	uint64_t ticked_ns; /* the latest second that was asked about */
	uint64_t asked;
	uint64_t bad_lines;
	bool is_out_of_memory;
};

static void cleanup_replay(struct lines_replay *replay)
{
	for (int side = 0; side < ALERT_DIFF_SIDE_COUNT; side++)
		rules_free(replay->contestants[side].rules);
	alert_diff_free(replay->diff);
	recorded_reader_free(replay->reader);
	sinks_free(replay->sinks);
	config_free(replay->config);
}

/* Of standard input a byte is looked at and stays where it is. */
static ssize_t peek_stdin(char *ret_byte)
{
	int ends[2];

	if (lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0)
		return pread(STDIN_FILENO, ret_byte, 1, lseek(STDIN_FILENO, 0, SEEK_CUR));
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	ssize_t size = tee(STDIN_FILENO, ends[1], 1, 0);
	if (size > 0)
		size = read(ends[0], ret_byte, 1);
	close(ends[0]);
	close(ends[1]);
	return size;
}

/* A line end is none: pcapng begins with one. */
static bool begins_line(char byte)
{
	return byte == '{' || byte == ' ' || byte == '\t';
}

bool replay_is_of_lines(const char *path)
{
	char byte = '\0';

	if (strcmp(path, "-") == 0)
		return peek_stdin(&byte) == 1 && begins_line(byte);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;
	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	return read(fd, &byte, 1) == 1 && begins_line(byte);
}

/* What tells alerts of one rule apart, for people: who, and what he was running. */
static void describe_key(const struct alert *alert, char key[KEY_SIZE])
{
	const struct actor *actor = alert->actor;
	const char *path = script_file_path(actor->script);
	char shown[2][TEXT_ESCAPED_SIZE(SW_PATH_SIZE)] = {"", ""};
	char source[ADDRESS_TEXT_SIZE];

	if (alert->is_of_host) {
		snprintf(key, KEY_SIZE, "host");
		return;
	}
	if (actor->origin != ACTOR_ORIGIN_PROCESS) {
		snprintf(key, KEY_SIZE, "src=%s", address_format(&actor->source.address, source));
		return;
	}
	if (actor->executable)
		text_escape_value(shown[0], sizeof(shown[0]), actor->executable,
				  strnlen(actor->executable, SW_PATH_SIZE));
	if (path)
		text_escape_value(shown[1], sizeof(shown[1]), path, strnlen(path, SW_PATH_SIZE));
	snprintf(key, KEY_SIZE, "uid=%" PRIu32 " exe=%.900s%s%.900s", actor->identity.key.uid, shown[0],
		 path ? " script=" : "", shown[1]);
}

static void take_alert(void *context, const struct alert *alert)
{
	const struct contestant *contestant = context;
	struct lines_replay *replay = contestant->replay;
	char key[KEY_SIZE];

	if (!replay->diff) {
		sinks_write_alert(replay->sinks, alert);
		return;
	}
	describe_key(alert, key);
	const struct alert_diff_line line = {
		.rule = alert->rule,
		.key = key,
		.first_wall_ns = alert->first_wall_ns,
		.severity = alert->severity,
		.count = alert->count,
	};
	if (alert_diff_add(replay->diff, contestant->side, &line) != 0)
		replay->is_out_of_memory = true;
}

static int make_rules(struct contestant *contestant, const char *changed)
{
	const struct lines_replay *replay = contestant->replay;
	struct rule_set *set;

	int error = settings_load_rules(replay->config, changed, &set);
	if (error)
		return error;
	contestant->rules = rules_new(&replay->options, set, take_alert, contestant);
	return contestant->rules ? 0 : -ENOMEM;
}

static int open_rules(struct lines_replay *replay, const char *diff_path)
{
	const char *const paths[ALERT_DIFF_SIDE_COUNT] = {[ALERT_DIFF_NEW] = diff_path};
	int error = 0;

	replay->options = settings_rules_options(replay->config, NULL);
	for (int side = 0; side < (diff_path ? ALERT_DIFF_SIDE_COUNT : 1) && !error; side++) {
		struct contestant *contestant = &replay->contestants[side];
		contestant->replay = replay;
		contestant->side = (enum alert_diff_side)side;
		error = make_rules(contestant, paths[side]);
	}
	return error;
}

static int open_replay(struct lines_replay *replay, const struct command_line *command)
{
	int error = settings_load_config(command, &replay->config);
	if (error)
		return error;
	replay->sinks = sinks_new();
	replay->reader = recorded_reader_new();
	replay->diff = command->diff_path ? alert_diff_new() : NULL;
	if (!replay->sinks || !replay->reader || (command->diff_path && !replay->diff))
		return -ENOMEM;
	sinks_set_all_lines(replay->sinks, replay->config->all_alert_lines);
	error = command->format == OUTPUT_JSON ? sinks_add_json(replay->sinks, stdout)
					       : sinks_add_text(replay->sinks, stdout);
	return error ? error : open_rules(replay, command->diff_path);
}

static void tick_at(const struct lines_replay *replay, uint64_t time_ns, const struct observation *next)
{
	uint64_t wall_ns = next->wall_ns - (next->time_ns - time_ns);

	for (int side = 0; side < ALERT_DIFF_SIDE_COUNT; side++)
		if (replay->contestants[side].rules)
			rules_tick(replay->contestants[side].rules, time_ns, wall_ns);
}

/* The seconds that have passed since the line before. */
static void pass_time(struct lines_replay *replay, const struct observation *next)
{
	uint64_t now_ns = next->time_ns / NANOSECONDS_A_SECOND * NANOSECONDS_A_SECOND;

	if (replay->ticked_ns == 0 || now_ns <= replay->ticked_ns) {
		if (replay->ticked_ns == 0)
			replay->ticked_ns = now_ns;
		return;
	}
	for (int i = 0; i < TICKS_MAX && replay->ticked_ns < now_ns; i++) {
		replay->ticked_ns += NANOSECONDS_A_SECOND;
		tick_at(replay, replay->ticked_ns, next);
	}
	if (replay->ticked_ns < now_ns)
		tick_at(replay, now_ns, next);
	replay->ticked_ns = now_ns;
}

/* A host that is another is seldom: it is the same bytes in line after line. */
static void learn_host(struct lines_replay *replay, const char *name)
{
	const char *known = replay->options.host_name;

	if (known == name || (known && name && strcmp(known, name) == 0))
		return;
	snprintf(replay->host_name, sizeof(replay->host_name), "%s", name ? name : "");
	replay->options.host_name = name ? replay->host_name : NULL;
	for (int side = 0; side < ALERT_DIFF_SIDE_COUNT; side++)
		if (replay->contestants[side].rules)
			rules_set_options(replay->contestants[side].rules, &replay->options);
}

static void ask(struct lines_replay *replay, const struct recorded_question *question)
{
	pass_time(replay, question->observation);
	clock_follow(question->observation->time_ns, question->observation->wall_ns);
	if (question->change->actor)
		learn_host(replay, question->host_name);
	for (int side = 0; side < ALERT_DIFF_SIDE_COUNT; side++)
		if (replay->contestants[side].rules &&
		    rules_judge(replay->contestants[side].rules, question->observation, question->change) != 0)
			replay->is_out_of_memory = true;
	replay->asked++;
}

static void take_line(struct lines_replay *replay, const char *line, size_t size)
{
	struct recorded_question question;
	int error = recorded_read_line(replay->reader, line, size, &question);

	if (!error)
		ask(replay, &question);
	else if (error == -ENOMEM)
		replay->is_out_of_memory = true;
	else if (error == -EINVAL && replay->bad_lines++ < PROBLEMS_TOLD)
		log_error("%s", recorded_reader_problem(replay->reader));
}

/* Whole lines. Returns how many bytes of the last one are there, which is none. */
static size_t take_lines(struct lines_replay *replay, const char *text, size_t size)
{
	const char *at = text;
	const char *end = text + size;
	const char *mark;

	while ((mark = memchr(at, '\n', (size_t)(end - at)))) {
		take_line(replay, at, (size_t)(mark - at));
		at = mark + 1;
	}
	return (size_t)(end - at);
}

static int read_lines(struct lines_replay *replay, int fd)
{
	_cleanup_(cleanup_blocks_free) struct blocks *blocks = blocks_new(fd);
	const char *text;
	size_t left = 0;
	ssize_t size;

	if (!blocks)
		return -ENOMEM;
	while ((size = blocks_next(blocks, left, &text)) > (ssize_t)left) {
		left = take_lines(replay, text, (size_t)size);
		if (left > RECORDED_LINE_MAX) { /* refused, and what follows it too */
			take_line(replay, text + size - left, left);
			left = 0;
		}
		if (sinks_reader_is_gone(replay->sinks))
			return 0;
	}
	if (size < 0)
		return (int)size;
	if (left > 0)
		take_line(replay, text, left);
	return 0;
}

static int read_file(struct lines_replay *replay, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	char shown[TEXT_ESCAPED_SIZE(PATH_MAX)];
	_cleanup_close_ int fd =
		is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int error = fd >= 0 ? 0 : -errno;

	recorded_reader_begin(replay->reader, is_stdin ? "standard input" : path);
	if (!error)
		error = read_lines(replay, fd);
	if (error) {
		text_escape(shown, sizeof(shown), path, strlen(path));
		log_error("cannot read %s: %s", shown, strerror(-error));
	}
	return error == -EINVAL ? -EIO : error; /* not what was configured is at fault */
}

static void finish(struct lines_replay *replay, uint64_t started_ns)
{
	char duration[CLOCK_TEXT_SIZE];
	uint64_t lines = 0;

	for (int side = 0; side < ALERT_DIFF_SIDE_COUNT; side++) {
		struct rules *rules = replay->contestants[side].rules;
		if (!rules)
			continue;
		rules_finish(rules);
		lines += rules_alert_lines(rules);
	}
	uint64_t passed_ns = clock_boot_ns() - started_ns;
	if (replay->diff)
		alert_diff_print(replay->diff, stdout);
	log_notice("%" PRIu64 " observations, %" PRIu64 " alert lines in %s, %" PRIu64 " a second", replay->asked,
		   lines, clock_format_duration(passed_ns, duration),
		   (uint64_t)((double)replay->asked * (double)NANOSECONDS_A_SECOND / (double)(passed_ns + 1)));
	if (replay->bad_lines > 0)
		log_error("%" PRIu64 " lines were no observations", replay->bad_lines);
	if (replay->is_out_of_memory)
		log_error("out of memory: this is not all");
}

int replay_lines_run(const struct command_line *command)
{
	_cleanup_(cleanup_replay) struct lines_replay replay = {0};
	uint64_t started_ns = clock_boot_ns();

	fingerprint_repeat();
	int error = open_replay(&replay, command);
	if (error)
		return error;
	error = read_file(&replay, command->replay_path);
	for (size_t i = 0; i < command->replay_count && !error; i++)
		error = read_file(&replay, command->replay_more[i]);
	finish(&replay, started_ns);
	if (!error && (fflush(stdout) != 0 || replay.bad_lines > 0 || replay.is_out_of_memory))
		error = -EIO;
	return error;
}
