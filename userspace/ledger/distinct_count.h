/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many different values were seen: exactly, up to DISTINCT_COUNT_EXACT_MAX, above that an estimate
 * (lib/hyperloglog.h). One value takes no memory of its own, more take up to 272 bytes. Values are 64-bit hashes that
 * nobody outside can choose.
 */
#ifndef SMTPWATCH_LEDGER_DISTINCT_COUNT_H
#define SMTPWATCH_LEDGER_DISTINCT_COUNT_H

#include "lib/hyperloglog.h"
#include "lib/keep.h"

#include <stdbool.h>
#include <stdint.h>

#define DISTINCT_COUNT_EXACT_MAX 32

/* All zero: nothing was seen. */
struct distinct_count {
	uint32_t count;
	bool is_estimate;
	uint8_t room; /* of `values`; 0: there is at most `only` */
	union {
		uint64_t only;
		uint64_t *values;              /* owned */
		struct hyperloglog *registers; /* owned, of an estimate */
	};
};

/* Forgets all. */
void distinct_count_clear(struct distinct_count *distinct);

/* Takes in a value. Returns whether the count changed. What there is no memory for is not counted. */
bool distinct_count_see(struct distinct_count *distinct, uint64_t value);

/* As fields of a line that outlives the process, and back into one that has seen nothing. What there is no memory for
 * is not counted; what it cannot be makes the line bad. */
void distinct_count_keep(const struct distinct_count *distinct, FILE *stream, const char *name);
void distinct_count_restore(struct distinct_count *distinct, struct keep_line *line, const char *name);

#endif
