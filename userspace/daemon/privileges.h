/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon may do once it watches, and why; the rest is given up. */
#ifndef SMTPWATCH_DAEMON_PRIVILEGES_H
#define SMTPWATCH_DAEMON_PRIVILEGES_H

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who needs it. */
enum privilege_user {
	PRIVILEGE_START,    /* the daemon until it watches */
	PRIVILEGE_WATCH,    /* the daemon from then on */
	PRIVILEGE_LAUNCHER, /* the launcher (lib/launcher.h), for the capture process */
	PRIVILEGE_USER_COUNT,
};

struct privilege {
	int capability; /* CAP_... of <linux/capability.h> */
	enum privilege_user user;
	bool (*is_needed)(const struct config *config); /* NULL: always */
	const char *reason;                             /* goes on after "it is needed to" */
};

/* The table. */
const struct privilege *privileges_list(size_t *ret_count);

/* Bits of the capabilities that the table gives to `user` under this configuration. */
uint64_t privileges_needed(const struct config *config, enum privilege_user user);

/* "CAP_NET_RAW" and so on; "a capability" where libcap-ng does not know it. */
const char *privileges_name(int capability);

/* Says in the log which capabilities the process lacks, and what for. Called at the start, with all that there are. */
void privileges_mention_missing(const struct config *config);

/* In the launcher: keeps what the table gives to it; all, where a command is configured, which is to have them. */
void privileges_limit_launcher(const struct config *config);

/*
 * Keeps what the table gives to the watching daemon and empties the bounding set, the inheritable and the ambient one;
 * then no new privileges, no core dumps, and the system calls of system_calls.h alone. Called while there is one
 * thread, as all this is a thread's own. 0, or -errno after saying what is wrong.
 */
int privileges_drop(const struct config *config);

#endif
