/* SPDX-License-Identifier: GPL-2.0-only */
/* The sinks that the configuration and the command line ask for. */
#ifndef SMTPWATCH_DAEMON_OUTPUTS_H
#define SMTPWATCH_DAEMON_OUTPUTS_H

#include "config/config.h"
#include "sinks/sinks.h"

/* Opens them. Returns 0, or -errno: -EINVAL, after saying why, where
 * what the administrator wrote is at fault. */
int outputs_open(const struct config *config, const struct command_line *command, struct sinks **ret_sinks);

/* Whether the sinks would be others. */
bool outputs_differ(const struct config *old, const struct config *new);

/* Says what is wrong with what the configuration names, as far as that can be seen without opening it. 0 or -EINVAL. */
int outputs_check(const struct config *config);

#endif
