/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines to a descriptor that may take nothing for a while, a pipe whose reader is slow or a full disk: they wait in a
 * bounded queue, and a line of which a part is out already is finished before anything else.
 */
#ifndef SMTPWATCH_SINKS_LINE_FILE_H
#define SMTPWATCH_SINKS_LINE_FILE_H

#include "sinks/queue.h"
#include "sinks/sinks.h"

#define LINE_FILE_NAME_SIZE 256

struct line_file {
	struct sinks *sinks;            /* whose event loop it is in */
	int fd;                         /* owned; -1: none */
	char name[LINE_FILE_NAME_SIZE]; /* for the log, escaped */
	bool is_socket;
	bool may_block; /* no descriptor of our own could be had: it is asked before each write whether it takes one */
	bool is_watched;
	bool is_closed; /* by its reader, for good */
	int failing;    /* the error that was told last, or 0 */
	struct queue queue;
};

/* Nothing is open yet. `name` is escaped in here. */
void line_file_init(struct line_file *file, struct sinks *sinks, const char *name);

/*
 * Takes what a descriptor is connected with, which others may have too: a pipe, terminal, socket or file. It is not
 * made non-blocking itself, as that would be so for all who share it (fcntl(2), O_NONBLOCK). 0 or -errno.
 */
int line_file_use(struct line_file *file, int fd);

/* Writes the line and a newline behind it, or has it wait. */
void line_file_put(struct line_file *file, const char *line);

/* Writes what waits, as far as that goes now. Returns 0 when nothing waits any more, else -errno: -EAGAIN where the
 * reader is slow. */
int line_file_flush(struct line_file *file);

/* Says once that the file cannot be opened or written, -errno, or with 0 that it can again. */
void line_file_report(struct line_file *file, int error);

/* -errno of what keeps it from being written; 0: nothing does, or only a reader that is slow. */
int line_file_problem(const struct line_file *file);

/* Says what is lost for good, and gives back what it holds; not the struct itself. */
void line_file_end(struct line_file *file);

#endif
