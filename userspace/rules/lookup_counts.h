/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Look-ups within a window, by who made them: what would be one alert (rules/alert_key.h) is one counter. A fixed
 * number of counters, of which the one that was quiet longest leaves for a new one; how many left is counted.
 */
#ifndef SMTPWATCH_RULES_LOOKUP_COUNTS_H
#define SMTPWATCH_RULES_LOOKUP_COUNTS_H

#include "lib/cleanup.h"
#include "lib/table.h"
#include "rules/alert_key.h"
#include "rules/rate.h"

#include <stdint.h>

#define LOOKUP_WINDOW_NS (600 * 1000000000ULL)

struct lookup_count {
	struct table_link link;
	struct alert_key key;
	struct rate all;
	struct rate untold; /* those of them that no firing has counted */
};

struct lookup_counts;

struct lookup_counts *lookup_counts_new(void);
void lookup_counts_free(struct lookup_counts *counts);
DEFINE_CLEANUP(struct lookup_counts, lookup_counts_free)

/* The counter of this key with one more look-up in it. NULL: no memory. It may go when the next one is taken. */
struct lookup_count *lookup_counts_add(struct lookup_counts *counts, const struct alert_key *key, uint64_t time_ns);

/* Counters that were given up for new ones, or that there was no memory for. */
uint64_t lookup_counts_forgotten(const struct lookup_counts *counts);

#endif
