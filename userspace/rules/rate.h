/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many events came within a sliding window, in fixed memory: the window is cut into buckets that start at
 * multiples of their width. The bucket under way and the RATE_BUCKETS - 1 before it are counted, so the count is of at
 * least the last 19/20 of the window and at most of all of it: it never says more than came, and leaves out no more
 * than what lies in one bucket. Time is that of the events; the window ends with the newest one.
 */
#ifndef SMTPWATCH_RULES_RATE_H
#define SMTPWATCH_RULES_RATE_H

#include <stdint.h>

#define RATE_BUCKETS 20

/* All zero: nothing has come. It belongs to one window, which is given at each call. */
struct rate {
	uint64_t newest; /* number of the newest bucket, counted from time 0 */
	uint64_t sum;    /* of `counts` */
	uint32_t counts[RATE_BUCKETS];
};

/* Takes in `count` events of one time. Those from before the window of the newest event are not counted; a bucket that
 * is full stays so. `window_ns` is at least RATE_BUCKETS. */
void rate_add(struct rate *rate, uint64_t time_ns, uint64_t window_ns, uint64_t count);

/* Within the window that ends with the newest event. */
uint64_t rate_count(const struct rate *rate);

/* Takes events out again that `part` counted too, over the same window. What is no longer counted stays out. */
void rate_withdraw(struct rate *rate, const struct rate *part);

#endif
