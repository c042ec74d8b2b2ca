/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules count, by rule and key, in sliding windows and in bounded memory. All of it is reserved when it is made,
 * and costs nothing before it is used; no other function here allocates. A full table gives up the key that was taken
 * longest ago, and counts it. Time is that of the observations, so what was recorded is counted as it was live.
 *
 * What a key takes, in bytes (tests/bench/counters measures it), how many of each there are for every key that
 * counters_new() is asked for, and what happens when they are used up. What one key does not take is there for others.
 *
 *   each key               80 + 4..8 of the hash table   1
 *   a rate                104                            4      the key taken longest ago leaves
 *   a distinct count      120, with up to 4 values       1      the same
 *     5..32 values        512 more                       1/4    the same
 *     above              2336 more                       1/64   goes on with 32 values, see counter_value()
 *   each of 1..5 samples   72                            3      goes on with fewer, at least one
 *
 * That is 1005 bytes a key at most. Of rates and distinct counts there are at least as many as COUNTERS_HELD keys can
 * need, and at least 64 sketches.
 */
#ifndef SMTPWATCH_RULES_COUNTERS_H
#define SMTPWATCH_RULES_COUNTERS_H

#include "lib/address.h"
#include "lib/cleanup.h"
#include "lib/fingerprint.h"

#include <smtpwatch/alert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNTER_SLOTS_MAX 6
#define COUNTER_SAMPLES ALERT_SAMPLES_MAX /* latest observations that are remembered */
#define COUNTERS_HELD 64 /* of the keys that were taken last none leaves, if there is room for so many */

enum counter_slot_kind {
	COUNTER_RATE,     /* how many (rules/rate.h) */
	COUNTER_DISTINCT, /* how many different ones (rules/distinct.h) */
	COUNTER_SLOT_KIND_COUNT,
};

/* What a rule's counters consist of. */
struct counter_layout {
	struct {
		enum counter_slot_kind kind;
		uint64_t window_ns; /* at least RATE_BUCKETS */
	} slots[COUNTER_SLOTS_MAX];
	size_t slot_count;
};

struct counters;
struct counter;

/* Room for `keys` keys, at least one and fewer than 2^28. NULL: no memory. */
struct counters *counters_new(size_t keys);
void counters_free(struct counters *counters);
DEFINE_CLEANUP(struct counters, counters_free)

/*
 * The counter of a key, made at need, and the newest from then on. Never NULL. It stays where it is until it leaves,
 * and it may leave when COUNTERS_HELD others (or as many as there is room for, if that is less) were taken after it. A
 * key goes with one layout, which is read when it is made; the caller puts the rule and its shape into the key.
 */
struct counter *counters_take(struct counters *counters, const struct fingerprint *key,
			      const struct counter_layout *layout);

/* The same, if there is one; else NULL. Does not make it the newest. */
struct counter *counters_find(const struct counters *counters, const struct fingerprint *key);

/* A slot counts `count` events; of RATE. */
void counter_add(struct counters *counters, struct counter *counter, size_t slot, uint64_t time_ns, uint64_t count);

/* A slot sees a value; of DISTINCT. `value` is a hash of it: one half of a fingerprint. */
void counter_see(struct counters *counters, struct counter *counter, size_t slot, uint64_t time_ns, uint64_t value);

/*
 * As of the newest event of the slot. `ret_is_estimate` may be NULL. A rate leaves out what came in the oldest
 * twentieth of the window at most (rules/rate.h). A distinct count is exact up to DISTINCT_EXACT_MAX values in the
 * window, and as soon as there are no more than that again; above it is an estimate, and always larger than that
 * (rules/distinct_sets.h, also for where there is no sketch; the error is stated in rules/sketch.h).
 */
uint64_t counter_value(const struct counters *counters, const struct counter *counter, size_t slot,
		       bool *ret_is_estimate);

/* Takes events out of a RATE slot that a slot of `part`, of the same window, counted too: rate_withdraw(). */
void counter_withdraw(struct counters *counters, struct counter *counter, size_t slot, const struct counter *part,
		      size_t part_slot);

/* Remembers an observation, beside the COUNTER_SAMPLES - 1 before it, or fewer where many have many. `remote` and
 * `text` may be NULL; a text that is too long is cut, between two characters if it is UTF-8. */
void counter_remember(struct counters *counters, struct counter *counter, uint64_t wall_ns,
		      const struct endpoint *remote, const char *text);

/* The remembered ones, the oldest first. Returns how many. */
size_t counter_samples(const struct counters *counters, const struct counter *counter,
		       struct alert_sample ret_samples[COUNTER_SAMPLES]);

/* How many events no firing has told of; 0 in a new counter, else what the caller makes it. */
uint64_t *counter_untold(struct counter *counter);

/* When the latest of them was; the same. */
uint64_t *counter_latest_ns(struct counter *counter);

struct counters_totals {
	size_t keys;              /* in use */
	uint64_t forgotten;       /* keys that were given up for others */
	uint64_t sketches_missed; /* times that a distinct count had to go on without a sketch */
};
struct counters_totals counters_totals(const struct counters *counters);

#endif
