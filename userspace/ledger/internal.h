/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the ledger share. */
#ifndef SMTPWATCH_LEDGER_INTERNAL_H
#define SMTPWATCH_LEDGER_INTERNAL_H

#include "ledger/books.h"
#include "ledger/flow_book.h"
#include "ledger/open_alerts.h"
#include "ledger/tally.h"

struct ledger {
	struct books *books;
	struct flow_book *flows;
	struct open_alerts *alerts;
	struct tally tally;
	unsigned int kept_ticks; /* after which connections of an earlier run that were not found have ended */
};

/* Where no rule minds. */
enum ledger_verdict ledger_verdict_of_role(enum actor_role role);

/* Closes the flows that ended processes have left open: the end of none of them was seen. */
void ledger_close_left(struct ledger *ledger, uint64_t wall_ns);

/* The same of those of an earlier run that are not open in this one. */
void ledger_close_kept(struct ledger *ledger, uint64_t wall_ns);

#endif
