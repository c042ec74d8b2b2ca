/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many different values were seen within a sliding window: exact while they are few, estimated above (HyperLogLog,
 * Flajolet et al. 2007), in bounded memory. Values are 64-bit hashes that nobody outside can choose.
 */
#ifndef SMTPWATCH_RULES_DISTINCT_H
#define SMTPWATCH_RULES_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTINCT_EXACT_MAX 32 /* so many different ones are counted exactly */

/* All zero: nothing was seen. It belongs to one window, which is given at each call. */
struct distinct;

#endif
