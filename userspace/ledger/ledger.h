/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps the rows that people look at (include/smtpwatch/ledger.h): for each way to group them a book of bounded size,
 * and the latest flows. It is told what the model and the rules came to; no I/O, no clock: all it knows of time is what
 * it is told. A full book forgets the row that changed longest ago. What a flow does counts in the rows in which it
 * began, as long as they are there.
 *
 * An open flow whose process has ended is closed at the next tick, though its end was not seen, and so is one whose end
 * comes when the model has forgotten it. Beyond that no more flows can be open than the ledger keeps at a time.
 */
#ifndef SMTPWATCH_LEDGER_LEDGER_H
#define SMTPWATCH_LEDGER_LEDGER_H

#include "lib/cleanup.h"
#include "model/model.h"

#include <smtpwatch/alert.h>
#include <smtpwatch/ledger.h>
#include <smtpwatch/observation.h>

struct ledger;

/* Rows of each book and flows at a time, at least 1. NULL: no memory. A full ledger forgets the flow that ended longest
 * ago, and an open one only where all are open: of that one no more than messages and refusals is counted, in the
 * totals. */
struct ledger *ledger_new(size_t max_rows, size_t max_flows);
void ledger_free(struct ledger *ledger);
DEFINE_CLEANUP(struct ledger, ledger_free)

/* Takes in what an observation changed, after the rules have judged it and before the model settles. What there is no
 * memory for goes uncounted in the rows, never in the totals. */
void ledger_observe(struct ledger *ledger, const struct observation *observation, const struct model_change *change,
		    const struct judgement *judgement);

/* An alert was written: the rows of its actor show it. */
void ledger_take_alert(struct ledger *ledger, const struct alert *alert);

/* At local midnight a day begins. About once a second. */
void ledger_tick(struct ledger *ledger, uint64_t wall_ns);

void ledger_get_totals(const struct ledger *ledger, struct ledger_totals *ret_totals);

/* The newest revision of all books. Of a book the oldest one that a row still has: whoever has a row with an older one
 * has one that is forgotten. 0: the book is empty. */
uint64_t ledger_newest_revision(const struct ledger *ledger);
uint64_t ledger_oldest_revision(const struct ledger *ledger, enum ledger_by by);

/* Gives the rows of a book that have changed since revision `after`, in ascending order of their revision, at most
 * `max`. Returns how many. */
size_t ledger_changed(const struct ledger *ledger, enum ledger_by by, uint64_t after,
		      const struct ledger_row **ret_rows, size_t max);

/* NULL: it is forgotten. */
const struct ledger_row *ledger_find(const struct ledger *ledger, uint64_t number);

/* The processes of a user, script or unit; of other rows none. The one that changed last comes first. Returns how many
 * there are, of which the first `max` are given. */
size_t ledger_processes(const struct ledger *ledger, const struct ledger_row *row, const struct ledger_row **ret_rows,
			size_t max);

/* The flows of a process or destination; of other rows none. Open ones come first, then those that have ended; of both
 * the latest comes first. Returns the same. */
size_t ledger_flows(const struct ledger *ledger, const struct ledger_row *row, const struct ledger_flow **ret_flows,
		    size_t max);

#endif
