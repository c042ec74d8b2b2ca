/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks at programs that the kernel side has not seen before, and tells it what they are: where PHP keeps its request,
 * which files are interpreters, which hand over mail. This is the one thing that goes from userspace down.
 */
#ifndef SMTPWATCH_DAEMON_SCOUT_H
#define SMTPWATCH_DAEMON_SCOUT_H

#include "daemon/php_builds.h"
#include "lib/cleanup.h"
#include "sensor/sensor.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>

struct scout;

/* `php_probes`: PHP builds whose request cannot be read may be probed. NULL: no memory. */
struct scout *scout_new(bool php_probes);
void scout_free(struct scout *scout);
DEFINE_CLEANUP(struct scout, scout_free)

/* Tells the kernel side what is installed and looks at what runs already. `sensor` is borrowed and must outlive the
 * scout. What fails is said in the log: alerts then name fewer scripts, and nothing else is lost. */
void scout_begin(struct scout *scout, struct sensor *sensor);

/* Looks at a program: an OBSERVATION_PROGRAM. */
void scout_take(struct scout *scout, const struct observation *observation);

/* Looks again at what may have changed: about once a second. */
void scout_tick(struct scout *scout);

/* Borrowed. */
const struct php_builds *scout_php_builds(const struct scout *scout);

#endif
