/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An estimate of how many different values were seen within a sliding window, in fixed memory (lib/hyperloglog.h).
 * There are SKETCH_REGISTERS registers for each of SKETCH_PANES panes that the window is cut into. A value that is seen
 * goes into the pane of its time; the registers of all panes, merged by their maximum, stand for the whole window.
 *
 * Two things make the estimate differ from the truth. The registers: see there. The panes: they start at multiples of
 * their width, and the one under way and the SKETCH_PANES - 1 before it are counted, so what was seen last in the
 * oldest eighth of the window may be left out; nothing from before the window is counted.
 *
 * Values are 64-bit hashes with bits that are evenly spread (lib/fingerprint.h).
 */
#ifndef SMTPWATCH_RULES_SKETCH_H
#define SMTPWATCH_RULES_SKETCH_H

#include "lib/hyperloglog.h"

#include <stdbool.h>
#include <stdint.h>

#define SKETCH_PANES 8
#define SKETCH_REGISTERS HYPERLOGLOG_REGISTERS

/* All zero: nothing was seen. It belongs to one window, which is given at each call. */
struct sketch {
	uint8_t panes[SKETCH_PANES][SKETCH_REGISTERS];
	struct hyperloglog merged; /* its registers are the maximum over all panes */
	uint64_t newest;           /* number of the newest pane, counted from time 0 */
};

/* Ends the window of an empty sketch at this time: what is taken in in any order costs less then. */
void sketch_begin(struct sketch *sketch, uint64_t window_ns, uint64_t time_ns);

/* Takes in a value. What is from before the window of the newest one is not counted. `window_ns` is at least
 * SKETCH_PANES. */
void sketch_see(struct sketch *sketch, uint64_t window_ns, uint64_t time_ns, uint64_t value);

/* Takes over panes of an earlier sketch of the same window, as the struct has them, up to pane `newest`. False: they
 * are none, and it is empty. */
bool sketch_restore(struct sketch *sketch, uint64_t newest, const uint8_t panes[SKETCH_PANES][SKETCH_REGISTERS]);

/* How many different ones there were within the window that ends with the newest. */
uint64_t sketch_estimate(const struct sketch *sketch);

#endif
