/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as they may come: steady, in bursts, with gaps longer than the window, and out of order. */
#ifndef SMTPWATCH_TESTS_RULES_EVENT_TIMES_H
#define SMTPWATCH_TESTS_RULES_EVENT_TIMES_H

#include <stdint.h>
#include <stdlib.h>

struct event_times {
	uint64_t window_ns;
	uint64_t newest_ns;
	unsigned int seed;
};

/* Most steps are small against the window; a few are none, a few are long. One of eight is late, some of these by more
 * than the window. */
static inline uint64_t next_event_time(struct event_times *times)
{
	uint64_t window_ns = times->window_ns;
	uint64_t any = (uint64_t)rand_r(&times->seed) << 31 ^ (uint64_t)rand_r(&times->seed);
	int choice = rand_r(&times->seed) % 1000;

	if (choice < 125)
		return any % (window_ns + window_ns / 8) > times->newest_ns
			       ? 0
			       : times->newest_ns - any % (window_ns + window_ns / 8);
	if (choice < 130)
		times->newest_ns += any % (3 * window_ns);
	else if (choice < 300)
		times->newest_ns += any % (window_ns / 8);
	else if (choice < 900)
		times->newest_ns += any % (window_ns / 100 + 1);
	return times->newest_ns;
}

static const uint64_t event_windows_ns[] = {
	20,   /* the smallest */
	1999, /* no multiple of anything */
	2048, 10000, 60 * 1000000000ULL, 86400 * 1000000000ULL,
};

#define EVENT_WINDOW_COUNT (sizeof(event_windows_ns) / sizeof(event_windows_ns[0]))

/* Well-spread bits of a number, the same in each run (splitmix64). */
static inline uint64_t spread(uint64_t number)
{
	number += 0x9e3779b97f4a7c15ULL;
	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9ULL;
	number = (number ^ number >> 27) * 0x94d049bb133111ebULL;
	return number ^ number >> 31;
}

#endif
