// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that is run for alerts. It is watched by its pidfd and the pipe of its output, so that neither one that
 * hangs nor one that writes without end holds anything up. The alert is in a memfd, which is whole before the program
 * begins: no pipe has to be filled while it reads.
 */
#include "lib/argv.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/copy.h"
#include "lib/log.h"
#include "sinks/command_run.h"
#include "sinks/ecs.h"
#include "sinks/queue.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>

#define QUEUE_RECORDS 256
#define QUEUE_BYTES (16 << 20)

struct command_sink {
	struct sinks *sinks;
	char **argv; /* a copy, free() gives back all of it */
	struct command_options options;
	struct queue queue; /* of what command_start() takes */
	bool failing;
	struct command_run *runs; /* options.at_once of them */
};

static const char *value_of_rule(const struct alert *alert)
{
	return alert->rule;
}

static const char *value_of_severity(const struct alert *alert)
{
	return alert_severity_name(alert->severity);
}

static const char *value_of_phase(const struct alert *alert)
{
	return alert_phase_name(alert->phase);
}

static const char *value_of_incident(const struct alert *alert)
{
	return alert->incident ? alert->incident->id : "";
}

/* What the environment has of the alert: words of this house alone, so that no shell script is harmed by them. */
static const struct {
	const char *name;
	const char *(*value)(const struct alert *alert);
} variables[] = {
	{"SMTPWATCH_RULE", value_of_rule},
	{"SMTPWATCH_SEVERITY", value_of_severity},
	{"SMTPWATCH_PHASE", value_of_phase},
	{"SMTPWATCH_INCIDENT", value_of_incident},
};
static_assert(COUNT_OF(variables) == COMMAND_VARIABLES, "as many as are taken out again");

/* NAME=VALUE of each variable, NUL-terminated, and then the line. */
static void write_record(FILE *record, const struct alert *alert, const char *line)
{
	for (size_t i = 0; i < COUNT_OF(variables); i++)
		fprintf(record, "%s=%s%c", variables[i].name, variables[i].value(alert), '\0');
	fprintf(record, "%s\n", line);
}

static void enqueue(struct command_sink *sink, const struct alert *alert)
{
	json_t *object = ecs_of_alert(alert);
	_cleanup_free_ char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	_cleanup_free_ char *bytes = NULL;
	size_t size = 0;

	json_decref(object);
	FILE *record = line ? open_memstream(&bytes, &size) : NULL;
	if (record)
		write_record(record, alert, line);
	if (!record || fclose(record) != 0) {
		sink->queue.dropped++;
		return;
	}
	queue_push(&sink->queue, bytes, size);
}

static struct command_run *find_free(const struct command_sink *sink)
{
	for (size_t i = 0; i < sink->options.at_once; i++)
		if (!command_is_running(&sink->runs[i]))
			return &sink->runs[i];
	return NULL;
}

static void report_state(struct command_sink *sink, const char *problem)
{
	if (problem && !sink->failing)
		log_error("the command is not run for alerts: %s; up to %d of them wait", problem, QUEUE_RECORDS);
	if (!problem && sink->failing)
		log_notice("the command is run again; %" PRIu64 " alerts were dropped", sink->queue.dropped);
	sink->failing = problem != NULL;
}

/* NULL where it runs, else why not. */
static const char *start_first(struct command_sink *sink, struct command_run *run, char reason[COMMAND_REASON_SIZE])
{
	const struct queue_record *record = sink->queue.first;
	const char *objection = command_check(sink->argv[0], reason);

	if (objection)
		return objection;
	int error = command_start(run, sink->argv, record->bytes, record->size);
	if (error) {
		snprintf(reason, COMMAND_REASON_SIZE, "%s", strerror(-error));
		return reason;
	}
	run->deadline_ns = clock_boot_ns() + sink->options.timeout_seconds * NANOSECONDS_A_SECOND;
	/* Should either not work, the tick finds out what becomes of it. */
	sinks_watch(sink->sinks, run->pidfd, EPOLLIN);
	sinks_watch(sink->sinks, run->output, EPOLLIN);
	return NULL;
}

static void start_waiting(struct command_sink *sink)
{
	char reason[COMMAND_REASON_SIZE];
	struct command_run *run;

	while (!queue_is_empty(&sink->queue) && (run = find_free(sink))) {
		const char *problem = start_first(sink, run, reason);

		report_state(sink, problem);
		if (problem)
			break;
		queue_pop(&sink->queue);
	}
}

static void serve(void *state)
{
	struct command_sink *sink = state;

	for (size_t i = 0; i < sink->options.at_once; i++)
		if (command_is_running(&sink->runs[i]))
			command_serve(&sink->runs[i], sink->argv[0]);
	if (!sink->failing)
		start_waiting(sink);
}

static void tick(void *state)
{
	struct command_sink *sink = state;
	uint64_t now_ns = clock_boot_ns();

	for (size_t i = 0; i < sink->options.at_once; i++)
		if (command_is_running(&sink->runs[i]) && now_ns >= sink->runs[i].deadline_ns)
			command_kill(&sink->runs[i]);
	serve(state);
	start_waiting(sink);
}

static void write_alert(void *state, const struct alert *alert)
{
	struct command_sink *sink = state;

	if (alert->severity < sink->options.severity)
		return;
	enqueue(sink, alert);
	serve(state);
}

static bool is_running(const struct command_sink *sink)
{
	for (size_t i = 0; i < sink->options.at_once; i++)
		if (command_is_running(&sink->runs[i]))
			return true;
	return false;
}

static bool is_busy(const void *state)
{
	const struct command_sink *sink = state;
	return is_running(sink) || (!sink->failing && !queue_is_empty(&sink->queue));
}

static uint64_t losses(const void *state)
{
	const struct command_sink *sink = state;
	return sink->queue.dropped;
}

static void free_state(void *state)
{
	struct command_sink *sink = state;

	for (size_t i = 0; i < sink->options.at_once; i++)
		if (command_is_running(&sink->runs[i]))
			command_end(&sink->runs[i], sink->argv[0]);
	if (!queue_is_empty(&sink->queue))
		log_warning("the command was not run for %zu alerts", sink->queue.records);
	queue_drop_all(&sink->queue);
	free(sink->runs);
	free(sink->argv);
	free(sink);
}

static const struct sink_operations operations = {
	.name = "command",
	.write_alert = write_alert,
	.tick = tick,
	.serve = serve,
	.is_busy = is_busy,
	.losses = losses,
	.free_state = free_state,
};

static char **copy_argv(char *const *argv)
{
	size_t offsets[ARGV_MAX];
	size_t count = 0;

	for (; argv[count]; count++) {
		if (count == ARGV_MAX)
			return NULL;
		offsets[count] = count * sizeof(*argv);
	}
	return copy_with_texts(argv, (count + 1) * sizeof(*argv), offsets, count);
}

static struct command_sink *new_sink(struct sinks *sinks, const struct command_options *options)
{
	struct command_sink *sink = calloc(1, sizeof(*sink));
	if (!sink)
		return NULL;
	sink->sinks = sinks;
	sink->options = *options;
	sink->queue = (struct queue){.max_records = QUEUE_RECORDS, .max_bytes = QUEUE_BYTES};
	sink->argv = copy_argv(options->argv);
	sink->runs = calloc(options->at_once, sizeof(*sink->runs));
	if (sink->argv && sink->runs)
		return sink;
	free(sink->argv);
	free(sink->runs);
	free(sink);
	return NULL;
}

int sinks_add_command(struct sinks *sinks, const struct command_options *options)
{
	char reason[COMMAND_REASON_SIZE];
	const char *objection = command_check(options->argv[0], reason);

	if (objection) {
		log_error("the command for alerts is refused: %s", objection);
		return -EPERM;
	}
	struct command_sink *sink = new_sink(sinks, options);
	return sink ? sinks_add(sinks, &operations, sink) : -ENOMEM;
}
