/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts and their incidents over a restart, as lines of a file (lib/keep.h). An incident keeps its ID and when it
 * began; an alert its counts, its severity, and when it is due next. What was said in the connection of its latest line
 * is not kept. Times are those of the firings.
 */
#ifndef SMTPWATCH_RULES_ALERTS_KEEP_H
#define SMTPWATCH_RULES_ALERTS_KEEP_H

#include "lib/keep.h"
#include "rules/alerts.h"

struct alert_states;
struct incidents;

/* Inside rules/: what the alerts consist of. */
struct alert_states *alerts_states(const struct alerts *alerts);
struct incidents *alerts_incidents(const struct alerts *alerts);
struct actor *alerts_kept_actor(struct alerts *alerts); /* of the alert that is read next */

void alerts_keep(const struct alerts *alerts, FILE *stream);

/* Takes the lines in the order in which they were written, into alerts that have seen nothing; those of a kind that it
 * does not know are passed over. `now_ns` is the time of the firings that come next; what says that it was later is
 * taken for that. 0, or -EINVAL or -ENOMEM: that line is lost, and nothing else. */
int alerts_restore(struct alerts *alerts, struct keep_line *line, uint64_t now_ns);

/* After the last line. */
void alerts_end_restore(struct alerts *alerts);

#endif
