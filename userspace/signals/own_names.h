/* SPDX-License-Identifier: GPL-2.0-only */
/* Names by which this host and its sites rightly call themselves. The names that are asked for are plain ones
 * (signals/domain.h). */
#ifndef SMTPWATCH_SIGNALS_OWN_NAMES_H
#define SMTPWATCH_SIGNALS_OWN_NAMES_H

#include "signals/signals.h"

#include <stdbool.h>

/* Whether it is this host's name, or lies below it. A host name without a dot is the first label of such a name. */
bool is_host_itself(const struct sighting *sighting, const char *name);

/* Whether it is this host's name, or one that shares with it what its owner registered. */
bool is_name_of_host(const struct sighting *sighting, const char *name);

/*
 * Whether it is a name of the site that the script belongs to: that which the layout says, or a folder on the way to
 * the script, or one that shares with it what its owner registered. Where others than root could have made the
 * executable, what is said of its script is its own word and excuses nothing.
 */
bool is_name_of_site(const struct sighting *sighting, const char *name);

#endif
