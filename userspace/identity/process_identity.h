/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a process is, as /proc has it: for what the kernel side has no record of. */
#ifndef SMTPWATCH_IDENTITY_PROCESS_IDENTITY_H
#define SMTPWATCH_IDENTITY_PROCESS_IDENTITY_H

#include "identity/cgroup_tree.h"

#include <limits.h>
#include <smtpwatch/abi.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Fills in the identity, with SW_IDENTITY_ADOPTED, and the executable's path, empty where it is not known. Start times
 * have the resolution of /proc: process_tick_ns(). `comm` is the main thread's. What cannot be found out is 0, of the
 * loginuid -1. Waits for nothing that others control: no memory of the process, no file system's server is asked.
 * 0, or -ESRCH: there is no such process any more.
 */
int process_identify(uint32_t pid, const struct cgroup_tree *tree, struct sw_identity *ret_identity,
		     char ret_executable[PATH_MAX]);

/* How exactly /proc has start times, in nanoseconds: they are multiples of this, rounded down. */
uint64_t process_tick_ns(void);

#endif
