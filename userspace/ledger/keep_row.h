/* SPDX-License-Identifier: GPL-2.0-only */
/* A row as a line of a file that outlives the process. */
#ifndef SMTPWATCH_LEDGER_KEEP_ROW_H
#define SMTPWATCH_LEDGER_KEEP_ROW_H

#include "ledger/actor_share.h"
#include "ledger/books.h"
#include "ledger/keep.h"

#define KEEP_ROW_KIND "row"

/* `actor` is what the lines call the actor that it shows; 0: none. */
void keep_row(FILE *stream, const struct row_slot *slot, uint64_t actor);

/* Makes the row, without an actor. The rows that it names are still called as in the lines. What is open of it is left
 * out: that is counted when the connections are read. 0, -EINVAL or -ENOMEM. */
int keep_row_restore(struct books *books, struct keep_line *line, ledger_namer name_for_good,
		     struct row_slot **ret_slot);

void keep_row_put_counts(FILE *stream, const struct ledger_counts *counts);
struct ledger_counts keep_row_counts(struct keep_line *line);

#endif
