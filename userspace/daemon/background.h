/* SPDX-License-Identifier: GPL-2.0-only */
/* Going into the background, so that whoever started the daemon learns whether it came up. */
#ifndef SMTPWATCH_DAEMON_BACKGROUND_H
#define SMTPWATCH_DAEMON_BACKGROUND_H

/*
 * Forks. The child returns 0 and goes on with the start; the parent waits and exits: with 0 once the child
 * has called background_ready(), with the child's own status if it ends before. -errno: nothing was forked.
 */
int background_fork(void);

/* Lets the parent go and leaves its terminal. From now on the log goes to syslog. */
void background_ready(void);

#endif
