/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules on recorded observations: what was seen is asked again, in its own time. */
#ifndef SMTPWATCH_DAEMON_REPLAY_LINES_H
#define SMTPWATCH_DAEMON_REPLAY_LINES_H

#include "config/config.h"

#include <stdbool.h>

/* Whether a file, or standard input ("-"), begins like one of recorded observations: with a brace, or blanks. What
 * cannot be looked at is no such file. Nothing is taken from standard input. */
bool replay_is_of_lines(const char *path);

/*
 * Writes the alerts to stdout, as `command` asks; or with --diff what other rules would add to them and take away. 0;
 * -EINVAL: the configuration is no good; or another -errno: a line was no observation (the others were asked), or a
 * file could not be read. What went wrong is in the log.
 */
int replay_lines_run(const struct command_line *command);

#endif
