/* SPDX-License-Identifier: GPL-2.0-only */
/* One run of a command (sinks/command.c): its start, what it says, and its end. */
#ifndef SMTPWATCH_SINKS_COMMAND_RUN_H
#define SMTPWATCH_SINKS_COMMAND_RUN_H

#include "lib/launcher.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COMMAND_VARIABLES 4   /* of the environment, beside PATH */
#define LAUNCH_COMMAND 1      /* the number of its task */
#define COMMAND_LINE_SIZE 200 /* of output; a longer line is told in parts */

struct command_run {
	pid_t pid; /* 0: nothing runs */
	int pidfd;
	int output;           /* -1: it has closed it, or its end was seen */
	uint64_t deadline_ns; /* CLOCK_BOOTTIME */
	bool is_overdue;      /* and was killed */
	size_t said;          /* bytes of output */
	char line[COMMAND_LINE_SIZE];
	size_t line_size;
};

static inline bool command_is_running(const struct command_run *run)
{
	return run->pid != 0;
}

/* What a launcher has to know to begin it. `argv` is borrowed. */
struct launcher_task command_task(char *const *argv);

/*
 * Starts argv[0] in a session of its own, with nothing of the daemon's but what it is given: `record` has
 * COMMAND_VARIABLES variables of the environment, each with its NUL, and then what it finds on its stdin. 0 or -errno.
 */
int command_start(struct command_run *run, char *const *argv, const char *record, size_t size);

/* Logs what it has said, and how it ended if it did. Never waits. */
void command_serve(struct command_run *run, const char *name);

/* Kills it and its process group. */
void command_kill(struct command_run *run);

/* The same at the daemon's end, and takes leave of it after a second at most. */
void command_end(struct command_run *run, const char *name);

#endif
