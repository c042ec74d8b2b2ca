/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One time for lines of several lives of a host. CLOCK_BOOTTIME begins anew with each; where it steps back by more than
 * lines of one life can be out of order, what follows is moved, so that as much time has passed since the line before
 * as CLOCK_REALTIME says, but none less than nothing.
 */
#ifndef SMTPWATCH_RECORDED_TIMELINE_H
#define SMTPWATCH_RECORDED_TIMELINE_H

#include "lib/clock.h"

#include <stdint.h>

#define TIMELINE_DISORDER_NS (60 * NANOSECONDS_A_SECOND) /* packets are told of later than the kernel's records */

#define TIMELINE_MAX_NS ((uint64_t)INT64_MAX) /* no time is later: 292 years */

/* All zero at the start. */
struct timeline {
	uint64_t offset_ns; /* what is added, modulo 2^64 */
	uint64_t newest_ns; /* with it */
	uint64_t newest_wall_ns;
};

/* Takes the time of a line, by both clocks, and gives what is to be added to all times of its first clock. */
uint64_t timeline_take(struct timeline *timeline, uint64_t time_ns, uint64_t wall_ns);

#endif
