/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many different values were seen within a sliding window, exactly, up to DISTINCT_EXACT_MAX. Of more the latest
 * ones are kept, and it says so until those that it gave up have left the window: then the count is exact again. Above
 * that a sketch estimates (rules/sketch.h). Values are 64-bit hashes that nobody outside can choose; two that are equal
 * count as one. Time is that of the events, in any order; the window ends with the newest one.
 */
#ifndef SMTPWATCH_RULES_DISTINCT_H
#define SMTPWATCH_RULES_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTINCT_EXACT_MAX 32 /* so many different ones are counted exactly */

struct distinct_value {
	uint64_t value;
	uint64_t time_ns; /* when it was seen last */
};

/* All zero: nothing was seen. It belongs to one window, which is given at each call. Where the values lie is the
 * caller's to say, because most sets stay small: he may move them to more or to less room between two calls. */
struct distinct {
	uint64_t newest_ns; /* of all that was seen */
	uint64_t oldest_ns; /* no value was seen last before that */
	uint64_t given_up_ns;
	uint32_t count;
	bool is_partial; /* a value of the window was given up, the latest one seen last at given_up_ns */
};

enum distinct_outcome {
	DISTINCT_TAKEN,
	DISTINCT_TOO_OLD, /* from before the window: nothing changed */
	DISTINCT_NO_ROOM, /* asks for more room, and to be called again */
	DISTINCT_GAVE_UP, /* the value that was seen last before all others: there were DISTINCT_EXACT_MAX */
};

/* Takes in a value. `values` holds the set's, and has room for `capacity`, at most DISTINCT_EXACT_MAX; below that it
 * may ask for more room. `ret_given_up` is written where a value was given up. */
enum distinct_outcome distinct_see(struct distinct *distinct, struct distinct_value *values, size_t capacity,
				   uint64_t window_ns, const struct distinct_value *seen,
				   struct distinct_value *ret_given_up);

#endif
