/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many distinct counts in bounded memory, each known by a number. A set of up to 4 values lies in its own record, one
 * of up to DISTINCT_EXACT_MAX takes a block more (rules/distinct.h), and above that a sketch beside it
 * (rules/sketch.h), until it can count exactly again. What it needs no more it gives back with the next value that it
 * sees.
 */
#ifndef SMTPWATCH_RULES_DISTINCT_SETS_H
#define SMTPWATCH_RULES_DISTINCT_SETS_H

#include "lib/keep.h"
#include "lib/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero: there are none. */
struct distinct_sets {
	struct pool sets;
	struct pool blocks;
	struct pool sketches;
	uint32_t next_look; /* at sketches, for one that is out of use */
	uint64_t sketches_missed;
};

/* Room for `sets` of them, of which `blocks` hold more than 4 values and `sketches` more than DISTINCT_EXACT_MAX; each
 * at least 1. 0 or -errno. */
int distinct_sets_make(struct distinct_sets *sets, size_t set_count, size_t block_count, size_t sketch_count);
void distinct_sets_release(struct distinct_sets *sets);

/* An empty set, or 0 where none is left. `window_ns` is at least SKETCH_PANES. */
uint32_t distinct_sets_take(struct distinct_sets *sets, uint64_t window_ns);
void distinct_sets_give_back(struct distinct_sets *sets, uint32_t number);

/* A set sees a value, a hash. False: it needs a block, and none is left; the value is not counted. */
bool distinct_sets_see(struct distinct_sets *sets, uint32_t number, uint64_t time_ns, uint64_t value);

/*
 * How many it saw within the window that ends with the newest. Exact up to DISTINCT_EXACT_MAX. Above that it is an
 * estimate, and at least one more. Without a sketch it is just that; the next value asks for one again, which then
 * knows the latest DISTINCT_EXACT_MAX values and what follows. The sketch of a set whose window has passed is free for
 * others.
 */
uint64_t distinct_sets_value(const struct distinct_sets *sets, uint32_t number, bool *ret_is_estimate);

uint64_t distinct_sets_window(const struct distinct_sets *sets, uint32_t number);

/* What it saw, as fields of a line that outlives the process, whose names begin with `prefix`; and back into an empty
 * set, of events up to `now_ns`. What there is no room for is not counted; what it cannot be makes the line bad. */
#define DISTINCT_KEEP_PREFIX_MAX 8
void distinct_sets_keep(const struct distinct_sets *sets, uint32_t number, FILE *stream, const char *prefix);
void distinct_sets_restore(struct distinct_sets *sets, uint32_t number, struct keep_line *line, const char *prefix,
			   uint64_t now_ns);

#endif
