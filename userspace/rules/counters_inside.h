/* SPDX-License-Identifier: GPL-2.0-only */
/* What counters.c and counters_keep.c share. */
#ifndef SMTPWATCH_RULES_COUNTERS_INSIDE_H
#define SMTPWATCH_RULES_COUNTERS_INSIDE_H

#include "lib/pool.h"
#include "rules/counters.h"
#include "rules/distinct_sets.h"
#include "rules/rate.h"

/* Numbers are of records in the pools, 0 is none. */
struct counter {
	struct fingerprint key;
	uint64_t untold;
	uint64_t latest_ns;
	uint32_t next_in_bucket;
	uint32_t older;
	uint32_t newer;
	uint32_t slots[COUNTER_SLOTS_MAX]; /* of rates, or of distinct sets */
	uint32_t newest_sample;
	uint8_t sample_count;
	uint8_t slot_count;
	uint8_t distinct_slots; /* a bit for each */
	bool is_of_earlier_run; /* and nobody has taken it yet */
};

struct rate_slot {
	uint64_t window_ns;
	struct rate rate;
};

/* The newest one of a key goes on to its oldest, so that each knows the next newer one. */
struct kept_sample {
	struct alert_sample sample;
	uint32_t next;
};

_Static_assert(COUNTER_SLOTS_MAX <= 8, "each slot has a bit");
_Static_assert(sizeof(struct counter) == 80 && sizeof(struct rate_slot) == 104 && sizeof(struct kept_sample) == 72,
	       "as the header says");

struct counters {
	struct pool counters;
	struct pool rates;   /* struct rate_slot */
	struct pool samples; /* struct kept_sample */
	struct distinct_sets sets;
	uint32_t *buckets; /* owned; each begins a chain */
	uint64_t bucket_mask;
	uint32_t oldest;
	uint32_t newest;
	uint32_t remembering; /* counters that have samples */
	uint64_t forgotten;
};

/* Also one of an earlier run that nobody has taken yet. */
struct counter *counters_find_any(const struct counters *counters, const struct fingerprint *key);

/* A key leaves. */
void counters_drop(struct counters *counters, struct counter *counter);

#endif
