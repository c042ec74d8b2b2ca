// SPDX-License-Identifier: GPL-2.0-only
#include "rules/sketch.h"

#include <string.h>

#define REGISTER_BITS 8 /* of a value choose the register; the zeros that begin the other 56 are what it counts */
#define RANK_MAX 49     /* as many values as that takes never come, and the sum stays a whole number of 64 bits */

#define SCALE 0.7213475204444817 /* 1 / (2 ln 2) */

_Static_assert(SKETCH_REGISTERS == 1 << REGISTER_BITS, "a register for each value of the bits");

/* One more than the zeros. */
static uint8_t rank_of(uint64_t value)
{
	/* A bit that ends the counting, as zeros have no first bit. */
	uint64_t rest = value << REGISTER_BITS | 1ULL << (64 - RANK_MAX);
	return (uint8_t)(__builtin_clzll(rest) + 1);
}

/* 2^-rank */
static uint64_t part_of(uint8_t rank)
{
	return 1ULL << (RANK_MAX - rank);
}

/* A merged register goes up. */
static void lift(struct sketch *sketch, uint8_t *merged, uint8_t rank)
{
	if (*merged == 0)
		sketch->filled++;
	else
		sketch->sum -= part_of(*merged);
	sketch->sum += part_of(rank);
	*merged = rank;
}

static void merge(struct sketch *sketch)
{
	uint8_t merged[SKETCH_REGISTERS] = {0};

	for (unsigned int pane = 0; pane < SKETCH_PANES; pane++)
		for (unsigned int i = 0; i < SKETCH_REGISTERS; i++)
			merged[i] = sketch->panes[pane][i] > merged[i] ? sketch->panes[pane][i] : merged[i];
	memset(sketch->merged, 0, sizeof(sketch->merged));
	sketch->sum = 0;
	sketch->filled = 0;
	for (unsigned int i = 0; i < SKETCH_REGISTERS; i++)
		if (merged[i] != 0)
			lift(sketch, &sketch->merged[i], merged[i]);
}

/* Empties the panes that were passed. */
static void advance(struct sketch *sketch, uint64_t number)
{
	if (number - sketch->newest >= SKETCH_PANES)
		memset(sketch->panes, 0, sizeof(sketch->panes));
	else
		for (uint64_t passed = sketch->newest + 1; passed <= number; passed++)
			memset(sketch->panes[passed % SKETCH_PANES], 0, SKETCH_REGISTERS);
	sketch->newest = number;
	merge(sketch);
}

static uint64_t pane_of(uint64_t time_ns, uint64_t window_ns)
{
	return time_ns / (window_ns / SKETCH_PANES);
}

void sketch_begin(struct sketch *sketch, uint64_t window_ns, uint64_t time_ns)
{
	sketch->newest = pane_of(time_ns, window_ns);
}

void sketch_see(struct sketch *sketch, uint64_t window_ns, uint64_t time_ns, uint64_t value)
{
	uint64_t number = pane_of(time_ns, window_ns);

	if (number > sketch->newest)
		advance(sketch, number);
	else if (sketch->newest - number >= SKETCH_PANES)
		return;
	unsigned int place = (unsigned int)(value >> (64 - REGISTER_BITS));
	uint8_t rank = rank_of(value);
	uint8_t *pane = sketch->panes[number % SKETCH_PANES];
	if (rank > pane[place])
		pane[place] = rank;
	if (rank > sketch->merged[place])
		lift(sketch, &sketch->merged[place], rank);
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

uint64_t sketch_estimate(const struct sketch *sketch)
{
	if (sketch->filled == 0)
		return 0;
	double empty = sum_of_empty((double)(SKETCH_REGISTERS - sketch->filled) / SKETCH_REGISTERS);
	double sum = (double)sketch->sum / (double)part_of(0) + SKETCH_REGISTERS * empty;
	return (uint64_t)(SCALE * SKETCH_REGISTERS * SKETCH_REGISTERS / sum + 0.5);
}
