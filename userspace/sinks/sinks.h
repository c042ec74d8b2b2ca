/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where alerts, flows and submissions go. A new sink is a file sinks/<name>.c that fills in a struct sink, and a
 * function that opens it here.
 */
#ifndef SMTPWATCH_SINKS_SINKS_H
#define SMTPWATCH_SINKS_SINKS_H

#include "lib/cleanup.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/alert.h>
#include <smtpwatch/flow.h>
#include <smtpwatch/gap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* The moments of a flow that are written. */
enum flow_moment {
	FLOW_ATTEMPTED,
	FLOW_ENDED,
	FLOW_MOMENT_COUNT,
};

/* What happened to a flow, and who it is of; `actor` is NULL where that is no longer known. What is written of the
 * script is the flow's own: a worker serves one request after another. Borrowed. */
struct flow_event {
	enum flow_moment moment;
	const struct flow *flow;
	const struct actor *actor;
};

/* A receiver said no. Borrowed. */
struct reply_event {
	const struct flow *flow;
	const struct actor *actor;          /* NULL: no longer known */
	const struct dialogue_event *reply; /* DIALOGUE_REPLY */
};

/* A program that hands mail to the local mail server was started. Borrowed. */
struct submission_event {
	const struct actor *actor;
	uint64_t wall_ns; /* CLOCK_REALTIME */
};

/* What the whole run came to: the last thing that is written. Counters are numbers of attempts, but the
 * books, which are numbers of records (enum sw_book), and `received`, those that userspace got. */
struct summary {
	uint64_t duration_ns;
	uint64_t attempts;
	uint64_t established;
	uint64_t outcomes[SW_OUTCOME_COUNT];
	uint64_t users;
	uint64_t alert_lines;
	struct sw_books books;
	uint64_t received;
	uint64_t packets; /* that the capture read */
	uint64_t packets_dropped;
	uint64_t missed; /* calls of the programs that the kernel skipped */
};

/* What a sink does; a NULL function means that it does not take that. */
struct sink_operations {
	const char *name;
	bool wants_all; /* also the lines of alerts that are for the record; else they need sinks_set_all_lines() */
	void (*write_alert)(void *state, const struct alert *alert);
	void (*write_flow)(void *state, const struct flow_event *event);
	void (*write_reply)(void *state, const struct reply_event *event);
	void (*write_submission)(void *state, const struct submission_event *event);
	void (*write_gap)(void *state, const struct watch_gap *gap);
	void (*write_summary)(void *state, const struct summary *summary);
	void (*tick)(void *state);  /* about once a second */
	void (*serve)(void *state); /* one of the descriptors of sinks_watch() may be ready; nothing may wait in here */
	void (*reopen)(void *state);           /* a file that may have another name by then */
	bool (*is_busy)(const void *state);    /* has something to write that its reader may take soon */
	uint64_t (*losses)(const void *state); /* how many records were dropped since the start */
	int (*problem)(const void *state);     /* -errno of what keeps it from writing now; 0: nothing does */
	bool (*reader_is_gone)(const void *state);
	void (*free_state)(void *state);
};

struct sinks;

/* NULL: no memory, or no descriptor. */
struct sinks *sinks_new(void);

/* Gives readers that are slow SINKS_END_SECONDS, all together, to take what waits; what is left is lost, and told. */
#define SINKS_END_SECONDS 5
void sinks_free(struct sinks *sinks);
DEFINE_CLEANUP(struct sinks, sinks_free)

/* Takes ownership of `state`, also when it fails. 0 or -ENOSPC. */
int sinks_add(struct sinks *sinks, const struct sink_operations *operations, void *state);

/* For a sink: its `serve` is to be called when the descriptor, which it closes itself, has one of epoll's events. 0
 * takes the descriptor out. 0 or -errno; a regular file, which is always ready, gives -EPERM. */
int sinks_watch(struct sinks *sinks, int fd, uint32_t events);

/*
 * Lines of text (sinks/line.h) or of ECS JSON (sinks/ecs.h) to a stream, flushed one by one: a reader that is slow
 * holds up the writer, as it should where there is nothing else to do. A line that cannot be written is dropped,
 * counted and told. SIGPIPE must be ignored. 0 or -errno.
 */
int sinks_add_text(struct sinks *sinks, FILE *stream);
int sinks_add_json(struct sinks *sinks, FILE *stream);

/* The same to stdout for one who must not wait: lines that the reader does not take yet wait in a bounded queue. */
int sinks_add_text_stdout(struct sinks *sinks);
int sinks_add_json_stdout(struct sinks *sinks);

enum syslog_format {
	SYSLOG_RFC3164,
	SYSLOG_RFC5424,
	SYSLOG_FORMAT_COUNT,
};

/*
 * Alerts to the syslog socket at `path`, with one of <syslog.h>'s facilities. A socket that is not there,
 * or does not take what is sent, holds nothing up: alerts wait in a bounded queue. 0 or -errno.
 */
int sinks_add_syslog(struct sinks *sinks, const char *path, int facility, enum syslog_format format);

/* Alerts to the socket at `path` in journald's own protocol, with fields of their own; else like syslog. 0 or -errno.
 */
int sinks_add_journal(struct sinks *sinks, const char *path, int facility);

/*
 * Lines of ECS JSON behind what is in the file at `path`, which is made (0640) and opened anew by sinks_reopen():
 * alerts, and with `flows` all else too. While it cannot be opened or written, lines wait in a bounded queue. 0 or
 * -errno.
 */
int sinks_add_json_file(struct sinks *sinks, const char *path, bool flows);

struct command_options {
	char *const *argv;            /* ends with NULL; at most ARGV_MAX words; copied */
	enum alert_severity severity; /* the least one that it is run for */
	uint64_t timeout_seconds;
	uint64_t at_once;
};

/*
 * A program that is run for each alert, with the alert as one line of ECS JSON on its stdin. Not more than `at_once`
 * run at a time; further alerts wait in a bounded queue. 0 or -errno: -EPERM where command_check() has an objection.
 */
int sinks_add_command(struct sinks *sinks, const struct command_options *options);

/* Why a program may not be run: it or a folder above it could be exchanged by others than root, or is not there. NULL:
 * it may. Writes the sentence's end into `reason`, escaped, and returns it. */
#define COMMAND_REASON_SIZE 256
const char *command_check(const char *path, char reason[COMMAND_REASON_SIZE]);

/* Whether every sink gets every line of an alert: off at first. Then those that do not want all get what is news. */
void sinks_set_all_lines(struct sinks *sinks, bool all_lines);

void sinks_write_alert(struct sinks *sinks, const struct alert *alert);
void sinks_write_flow(struct sinks *sinks, const struct flow_event *event);
void sinks_write_reply(struct sinks *sinks, const struct reply_event *event);
void sinks_write_submission(struct sinks *sinks, const struct submission_event *event);
void sinks_write_gap(struct sinks *sinks, const struct watch_gap *gap);
void sinks_write_summary(struct sinks *sinks, const struct summary *summary);
void sinks_tick(struct sinks *sinks);

/* Readable when sinks_serve() has something to do. Owned by the sinks. */
int sinks_fd(const struct sinks *sinks);
void sinks_serve(struct sinks *sinks);

/* Opens anew the files that are written: they were renamed. */
void sinks_reopen(struct sinks *sinks);

struct sink_loss {
	const char *name; /* of the sink; lives as long as the program */
	uint64_t count;   /* records that it dropped since the start */
	int problem;      /* -errno of what keeps it from writing now, so that lines wait; 0: nothing does */
};

/* A row for each sink. Returns how many. */
#define SINKS_MAX 8
size_t sinks_losses(const struct sinks *sinks, struct sink_loss rows[SINKS_MAX]);

/* Whether nobody reads any more what a stream was to be told: there is no use in going on for it. */
bool sinks_reader_is_gone(const struct sinks *sinks);

#endif
