/* SPDX-License-Identifier: GPL-2.0-only */
/* The alert `blind`: the daemon's own, made of its health and of nothing that a rule file or an allowance says. */
#ifndef SMTPWATCH_DAEMON_BLIND_ALERT_H
#define SMTPWATCH_DAEMON_BLIND_ALERT_H

#include "lib/cleanup.h"
#include "sinks/sinks.h"

#include <smtpwatch/health.h>
#include <stdint.h>

struct blind_alert;

/* `sinks` is borrowed. NULL: no memory. */
struct blind_alert *blind_alert_new(struct sinks *sinks);
void blind_alert_free(struct blind_alert *alert);
DEFINE_CLEANUP(struct blind_alert, blind_alert_free)

/*
 * Takes in how things are. A line goes to the sinks when something is blind that was not, one when something else is
 * too, one at growing intervals while that lasts (a minute, then each time four times as long, up to a day), and one
 * when all is seen again. CLOCK_BOOTTIME and CLOCK_REALTIME.
 */
void blind_alert_take(struct blind_alert *alert, const struct health *health, uint64_t boot_ns, uint64_t wall_ns);

/* The daemon stops. */
void blind_alert_finish(struct blind_alert *alert, uint64_t wall_ns);

/* Written since the start. */
uint64_t blind_alert_lines(const struct blind_alert *alert);

#endif
