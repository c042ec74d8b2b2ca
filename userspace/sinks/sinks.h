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
#include <stdbool.h>
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
	void (*write_summary)(void *state, const struct summary *summary);
	void (*tick)(void *state); /* about once a second */
	bool (*reader_is_gone)(const void *state);
	void (*free_state)(void *state);
};

struct sinks;

struct sinks *sinks_new(void);
void sinks_free(struct sinks *sinks);
DEFINE_CLEANUP(struct sinks, sinks_free)

/* Takes ownership of `state`, also when it fails. 0 or -ENOSPC. */
int sinks_add(struct sinks *sinks, const struct sink_operations *operations, void *state);

/*
 * Lines of text (sinks/line.h) or of ECS JSON (sinks/ecs.h) to a stream, flushed one by one. A line that
 * cannot be written is dropped, counted and told. SIGPIPE must be ignored. 0 or -errno.
 */
int sinks_add_text(struct sinks *sinks, FILE *stream);
int sinks_add_json(struct sinks *sinks, FILE *stream);

/*
 * Alerts to the syslog socket at `path`, with one of <syslog.h>'s facilities. A socket that is not there,
 * or does not take what is sent, holds nothing up: alerts wait in a bounded queue. 0 or -errno.
 */
int sinks_add_syslog(struct sinks *sinks, const char *path, int facility);

/* Whether every sink gets every line of an alert: off at first. Then those that do not want all get what is news. */
void sinks_set_all_lines(struct sinks *sinks, bool all_lines);

void sinks_write_alert(struct sinks *sinks, const struct alert *alert);
void sinks_write_flow(struct sinks *sinks, const struct flow_event *event);
void sinks_write_reply(struct sinks *sinks, const struct reply_event *event);
void sinks_write_submission(struct sinks *sinks, const struct submission_event *event);
void sinks_write_summary(struct sinks *sinks, const struct summary *summary);
void sinks_tick(struct sinks *sinks);

/* Whether nobody reads any more what a stream was to be told: there is no use in going on for it. */
bool sinks_reader_is_gone(const struct sinks *sinks);

#endif
