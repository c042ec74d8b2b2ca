/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the daemon sees what it is there to see, and who hears of it when it does not: an alert of its own, `blind`,
 * that no rule and no allowance can keep quiet, `smtpwatch status`, and the service manager, which restarts a daemon
 * that does not say that it is well where a restart may help.
 */
#ifndef SMTPWATCH_DAEMON_SIGHT_H
#define SMTPWATCH_DAEMON_SIGHT_H

#include "daemon/daemon.h"
#include "lib/cleanup.h"

#include <smtpwatch/health.h>
#include <stdbool.h>
#include <stdint.h>

struct sight;

/* `daemon`, whose sensor, pipeline, scout, relays, sinks and self-test are there, is borrowed and must outlive it. 0 or
 * -ENOMEM. */
int sight_new(struct daemon *daemon, struct sight **ret_sight);
void sight_free(struct sight *sight);
DEFINE_CLEANUP(struct sight, sight_free)

/* Looks at all parts every few seconds, and tells what is to be told. About once a second; CLOCK_BOOTTIME and
 * CLOCK_REALTIME. */
void sight_tick(struct sight *sight, uint64_t boot_ns, uint64_t wall_ns);

/* Looks at all parts now. Valid until the next look. */
const struct health *sight_look(struct sight *sight, uint64_t boot_ns);

/* As it was at the latest look. */
const struct health *sight_health(const struct sight *sight);

/* Says of an alert that is open that it ended: the daemon stops. */
void sight_finish(struct sight *sight, uint64_t wall_ns);

/* Lines of the alert. */
uint64_t sight_alert_lines(const struct sight *sight);

/* Whether a restart may help against what makes it blind: a detached program is attached again, a full disk stays full.
 */
bool sight_needs_restart(const struct health *health);

#endif
