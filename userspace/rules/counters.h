/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules count, by rule and key, in sliding windows and in bounded memory. All of it is reserved when it is made;
 * taking a counter allocates nothing. A full table gives up the key that was quiet longest, and counts it. Time is that
 * of the observations, so what was recorded is counted as it was live.
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
#define COUNTER_SAMPLES 5 /* latest observations that are remembered */

enum counter_slot_kind {
	COUNTER_RATE,     /* how many (rules/rate.h) */
	COUNTER_DISTINCT, /* how many different ones (rules/distinct.h) */
	COUNTER_SLOT_KIND_COUNT,
};

/* What a rule's counters consist of. */
struct counter_layout {
	struct {
		enum counter_slot_kind kind;
		uint64_t window_ns;
	} slots[COUNTER_SLOTS_MAX];
	size_t slot_count;
};

struct counters;
struct counter;

/* Room for `keys` keys. NULL: no memory. */
struct counters *counters_new(size_t keys);
void counters_free(struct counters *counters);
DEFINE_CLEANUP(struct counters, counters_free)

/* The counter of a key, made at need, and the newest from then on. It may go when another one is taken. `is_new`
 * may be NULL. Never NULL itself. A key goes with one layout; the caller puts the rule and its shape into the key. */
struct counter *counters_take(struct counters *counters, const struct fingerprint *key,
			      const struct counter_layout *layout);

/* The same, if there is one; else NULL. Does not make it the newest. */
struct counter *counters_find(const struct counters *counters, const struct fingerprint *key);

/* A slot counts `count` events; of RATE. */
void counter_add(struct counters *counters, struct counter *counter, size_t slot, uint64_t time_ns, uint64_t count);

/* A slot sees a value; of DISTINCT. `value` is a hash of it. */
void counter_see(struct counters *counters, struct counter *counter, size_t slot, uint64_t time_ns, uint64_t value);

/* As of the newest event of the slot. `ret_is_estimate` may be NULL. */
uint64_t counter_value(const struct counters *counters, const struct counter *counter, size_t slot,
		       bool *ret_is_estimate);

/* Takes events out of a RATE slot that the same slot of `part`, of the same layout, counted too: rate_withdraw(). */
void counter_withdraw(struct counters *counters, struct counter *counter, const struct counter *part, size_t slot);

/* Remembers an observation; the text is cut to what fits. */
void counter_remember(struct counters *counters, struct counter *counter, uint64_t wall_ns,
		      const struct endpoint *remote, const char *text);

/* The remembered ones, the oldest first. Returns how many. */
size_t counter_samples(const struct counters *counters, const struct counter *counter,
		       struct alert_sample ret_samples[COUNTER_SAMPLES]);

/* How many events no firing has told of; `untold` is set by the caller. */
uint64_t *counter_untold(struct counter *counter);

/* Keys in use, keys that were given up for others, and distinct counts that had to go on with what they had because
 * there was no sketch for them. */
struct counters_totals {
	size_t keys;
	uint64_t forgotten;
	uint64_t sketches_missed;
};
struct counters_totals counters_totals(const struct counters *counters);

#endif
