/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger over a restart, as lines of a file (lib/keep.h): the sums, the rows with who they show, the connections
 * that were open, and which rows show an alert that has not ended. Connections that had ended stay in the sums alone.
 *
 * Keys of rows and what they count as different are fingerprints, so the run that reads them needs the secret of the
 * run that wrote them (fingerprint_resume()).
 */
#ifndef SMTPWATCH_LEDGER_KEEP_H
#define SMTPWATCH_LEDGER_KEEP_H

#include "ledger/ledger.h"
#include "lib/keep.h"

#include <smtpwatch/flow.h>

/* Allocates little, and changes nothing. */
void ledger_keep(const struct ledger *ledger, FILE *stream);

struct ledger_reading;

/* Gives a name that lives as long as the program; NULL: no memory. */
typedef const char *(*ledger_namer)(const char *name);

/* Into a ledger that has no rows yet; borrowed. NULL: no memory. */
struct ledger_reading *ledger_reading_new(struct ledger *ledger, ledger_namer name_for_good);
/* The lines that it took are in the ledger from then on. */
void ledger_reading_free(struct ledger_reading *reading);
DEFINE_CLEANUP(struct ledger_reading, ledger_reading_free)

/* Takes a line, in the order in which they were written; one of a kind that it does not know is passed over. 0, or
 * -EINVAL or -ENOMEM: that line is lost, and nothing else. */
int ledger_reading_take(struct ledger_reading *reading, struct keep_line *line);

/* Whether a connection that is open already was when the lines were written: what it does counts where it began, and
 * its attempt is not to be counted again. Those that are still not found a few ticks later have ended meanwhile. */
bool ledger_resume(struct ledger *ledger, const struct flow *flow);

#endif
