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
};

/* Where no rule minds. */
enum ledger_verdict ledger_verdict_of_role(enum actor_role role);

/* Closes the flows that ended processes have left open: the end of none of them was seen. */
void ledger_close_left(struct ledger *ledger, uint64_t wall_ns);

#endif
