/* SPDX-License-Identifier: GPL-2.0-only */
/* The running daemon: what it holds, its start and its event loop. */
#ifndef SMTPWATCH_DAEMON_DAEMON_H
#define SMTPWATCH_DAEMON_DAEMON_H

#include "config/config.h"
#include "lib/cleanup.h"

struct daemon;

/*
 * Brings everything up: sinks, pipeline, sensor. Takes ownership of `config`, also when it fails; `command`
 * is borrowed and must outlive the daemon. Returns 0, or after saying why -EINVAL where what the administrator wrote is
 * at fault, else another -errno.
 */
int daemon_new(struct config *config, const struct command_line *command, struct daemon **ret_daemon);
void daemon_free(struct daemon *daemon);
DEFINE_CLEANUP(struct daemon, daemon_free)

/* Runs until SIGTERM or SIGINT, then writes what is left to say. 0 or -errno after saying why. */
int daemon_run(struct daemon *daemon);

#endif
