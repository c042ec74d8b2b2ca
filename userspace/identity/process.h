/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc can add to an actor whose process still lives. */
#ifndef SMTPWATCH_IDENTITY_PROCESS_H
#define SMTPWATCH_IDENTITY_PROCESS_H

#include <smtpwatch/actor.h>
#include <stdbool.h>
#include <sys/types.h>

/* What proc_pid_stat(5) says of a process. */
struct process_stat {
	uint32_t parent;      /* field 4: a pid, 0 where it is in no namespace of ours */
	uint64_t start_ticks; /* field 22: since boot, of sysconf(_SC_CLK_TCK) */
};

/* 0, or -ESRCH. */
int process_read_stat(uint32_t pid, struct process_stat *ret_stat);

/* The start time of a key in the same ticks. */
uint64_t process_start_ticks(const struct sw_actor_key *key);

/* At most `size` - 1 bytes of /proc/PID/`name`, and NUL. Only for files that the kernel writes without asking the
 * process. Returns how many, or -errno. */
ssize_t process_read_file(uint32_t pid, const char *name, char *buffer, size_t size);

/* Whether the process with this pid and start time still exists. */
bool process_is_alive(const struct sw_actor_key *key);

/*
 * Fills in the executable's path where the kernel's record has none or only its end. Leaves the actor as it
 * is when the process has ended, or runs something else by now. Waits for nothing that others control.
 */
void process_complete(struct actor *actor);

#endif
