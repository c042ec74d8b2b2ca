/* SPDX-License-Identifier: GPL-2.0-only */
/* The pipeline on a recorded capture: no kernel, no root, no time but the packets'. */
#ifndef SMTPWATCH_DAEMON_REPLAY_H
#define SMTPWATCH_DAEMON_REPLAY_H

#include "config/config.h"

/* A capture, or recorded observations (daemon/replay_lines.h): whichever the file holds. Writes flows, replies and
 * alerts to stdout as `command` asks. 0; -EINVAL: the configuration is no good; or another -errno: what was read until
 * then was told. What went wrong is in the log. */
int replay_run(const struct command_line *command);

#endif
