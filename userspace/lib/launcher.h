/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that the daemon leaves behind before it gives up its privileges, and that begins for it the few processes
 * which need them. It knows what there is to begin from before, and takes nothing but the number of a task, some bytes
 * and descriptors: who has taken over the daemon can begin the same tasks again, and no others.
 */
#ifndef SMTPWATCH_LIB_LAUNCHER_H
#define SMTPWATCH_LIB_LAUNCHER_H

#include <stddef.h>
#include <sys/types.h>

#define LAUNCHER_TASKS_MAX 4
#define LAUNCHER_BYTES_MAX 4096
#define LAUNCHER_FDS_MAX 2

/* What a task is told at each begin. */
struct launcher_call {
	const char *bytes; /* borrowed, `size` of them; NULL where there are none */
	size_t size;
	const int *fds; /* borrowed, `fd_count` of them; in the new process they are its own copies, closed by exec */
	size_t fd_count;
	pid_t parent; /* the daemon: the parent of the new process, whoever forked it. Set by the launcher */
};

struct launcher_task {
	unsigned int number; /* below LAUNCHER_TASKS_MAX: the same in the daemon and in the launcher */
	/* Runs in the new process and must not return. Of the memory it has what there was at the fork, and it may call
	 * only what is safe after one. */
	void (*run)(const void *context, const struct launcher_call *call);
	const void *context; /* borrowed */
};

/*
 * Forks the launcher; to be called while there is one thread. `tasks` and their contexts need to live no longer than
 * the call: the launcher has its copies. In it `limit`, which may be NULL, gives up what its tasks do not need. The
 * launcher ends when the daemon does. 0 or -errno.
 */
int launcher_start(const struct launcher_task *tasks, size_t count, void (*limit)(void *context), void *context);

/* Ends it. What it has begun goes on. Nothing where there is none. */
void launcher_stop(void);

/*
 * Begins a task in a new process, a child of the caller, who waits for it. The launcher runs what it knows by the
 * task's number; without a launcher the caller forks and runs `task` itself. 0 or -errno: -E2BIG where a limit is
 * exceeded, -EOWNERDEAD where the launcher is gone, which is in the log.
 */
int launcher_run(const struct launcher_task *task, const struct launcher_call *call, pid_t *ret_pid);

#endif
