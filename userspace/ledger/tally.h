/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts of everything, of today, and over the last quarter of an hour; and how counts are added. */
#ifndef SMTPWATCH_LEDGER_TALLY_H
#define SMTPWATCH_LEDGER_TALLY_H

#include "ledger/distinct_count.h"

#include <smtpwatch/ledger.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: nothing was told. */
struct tally {
	uint64_t since_wall_ns;
	uint64_t day_begin_ns; /* CLOCK_REALTIME, of the day that is counted */
	uint64_t day_end_ns;
	struct ledger_counts all;
	struct ledger_counts today;
	struct distinct_count destinations; /* of today, as is the next one */
	struct distinct_count receivers;
	uint64_t newest_stretch;
	uint32_t series[LEDGER_SERIES];
};

/* Forgets all. */
void tally_clear(struct tally *tally);

/* It is this time: at local midnight a day begins. A clock that was set back by less than a day goes on with the day.
 */
void tally_tick(struct tally *tally, uint64_t wall_ns);

void tally_add(struct tally *tally, const struct ledger_counts *counts, uint64_t wall_ns);

void ledger_counts_add(struct ledger_counts *counts, const struct ledger_counts *added);

/* Adds attempts to a series of `length` stretches whose newest has the number `newest`. What is older than all of them
 * says that the clock was set back: the series begins anew. */
void ledger_series_add(uint32_t *series, size_t length, uint64_t *newest, uint64_t wall_ns, uint64_t attempts);

#endif
