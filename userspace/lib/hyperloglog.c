// SPDX-License-Identifier: GPL-2.0-only
#include "lib/hyperloglog.h"

#define SCALE 0.7213475204444817 /* 1 / (2 ln 2) */

_Static_assert(HYPERLOGLOG_REGISTERS == 1 << HYPERLOGLOG_BITS, "a register for each value of the bits");

/* 2^-rank */
static uint64_t part_of(uint8_t rank)
{
	return 1ULL << (HYPERLOGLOG_RANK_MAX - rank);
}

void hyperloglog_lift(struct hyperloglog *hyperloglog, unsigned int place, uint8_t rank)
{
	uint8_t *lifted = &hyperloglog->registers[place];

	if (*lifted == 0)
		hyperloglog->filled++;
	else
		hyperloglog->sum -= part_of(*lifted);
	hyperloglog->sum += part_of(rank);
	*lifted = rank;
}

/* What empty registers, `share` of all, add for each register: x + x^2 + 2 x^4 + 4 x^8 + ... A dozen steps at most, as
 * the share is below 1. */
static double sum_of_empty(double share)
{
	double sum = share;
	double factor = 1;
	double before;

	do {
		before = sum;
		share *= share;
		sum += share * factor;
		factor *= 2;
	} while (sum > before);
	return sum;
}

uint64_t hyperloglog_estimate(const struct hyperloglog *hyperloglog)
{
	const double registers = HYPERLOGLOG_REGISTERS;

	if (hyperloglog->filled == 0)
		return 0;
	double empty = sum_of_empty((registers - hyperloglog->filled) / registers);
	double sum = (double)hyperloglog->sum / (double)part_of(0) + registers * empty;
	return (uint64_t)(SCALE * registers * registers / sum + 0.5);
}
