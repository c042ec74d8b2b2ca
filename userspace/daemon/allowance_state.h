/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When each allowance was needed last, in a file that outlives the daemon: else none would ever count as unused on a
 * host that is restarted often. It has a line "NAME SINCE USED" for each, in seconds since 1970 (USED is 0: never), and
 * is root's alone.
 *
 * Nothing here holds up the watch: what cannot be read or written is said once in the log, and all goes on without.
 */
#ifndef SMTPWATCH_DAEMON_ALLOWANCE_STATE_H
#define SMTPWATCH_DAEMON_ALLOWANCE_STATE_H

#include "lib/cleanup.h"
#include "rules/allowances.h"

#include <stdint.h>

struct allowance_state;

/* NULL: no memory. */
struct allowance_state *allowance_state_new(const char *path);
void allowance_state_free(struct allowance_state *state);
DEFINE_CLEANUP(struct allowance_state, allowance_state_free)

/* Tells the allowances that have not begun yet what the file says of them. What it says of a time behind `wall_ns`
 * (CLOCK_REALTIME) is taken for that time: a clock was wrong. */
void allowance_state_load(struct allowance_state *state, struct allowances *allowances, uint64_t wall_ns);

/* Writes the file where something has changed: the first time at once, then once an hour of `time_ns` (CLOCK_BOOTTIME).
 * To be called about once a second. */
void allowance_state_tick(struct allowance_state *state, struct allowances *allowances, uint64_t time_ns);

/* The same at once. 0, or -errno after saying so. Where there are no allowances, there is no file. */
int allowance_state_save(struct allowance_state *state, struct allowances *allowances);

#endif
