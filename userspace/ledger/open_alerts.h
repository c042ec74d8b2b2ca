/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts that have not ended, and the rows that show them. The lines of an alert do not say its key, so those of one
 * rule in one incident are one here: it has ended when as many ended as were raised. A full table gives up the one of
 * which nothing was heard for longest, and an alert the row that it named longest ago.
 */
#ifndef SMTPWATCH_LEDGER_OPEN_ALERTS_H
#define SMTPWATCH_LEDGER_OPEN_ALERTS_H

#include "ledger/books.h"
#include "ledger/news.h"
#include "lib/cleanup.h"
#include "lib/keep.h"

#include <smtpwatch/alert.h>

struct open_alerts;

/* NULL: no memory. `books` is borrowed and must outlive it. */
struct open_alerts *open_alerts_new(struct books *books);
void open_alerts_free(struct open_alerts *alerts);
DEFINE_CLEANUP(struct open_alerts, open_alerts_free)

/* The rows show the alert; where this is its end, all that showed it do so no more. */
void open_alerts_take(struct open_alerts *alerts, const struct row_set *rows, const struct alert *alert);

#define OPEN_ALERT_KEEP_KIND "shown_alert"

/* As lines that outlive the process, and back from one: what it calls a row, `find` gives, or NULL. 0, -EINVAL or
 * -ENOMEM. */
void open_alerts_keep(const struct open_alerts *alerts, FILE *stream);
int open_alerts_restore(struct open_alerts *alerts, struct keep_line *line,
			struct row_slot *(*find)(const void *context, uint64_t number), const void *context);

#endif
