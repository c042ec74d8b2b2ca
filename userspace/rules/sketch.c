// SPDX-License-Identifier: GPL-2.0-only
#include "rules/sketch.h"

#include <string.h>

static void merge(struct sketch *sketch)
{
	uint8_t merged[SKETCH_REGISTERS] = {0};

	for (unsigned int pane = 0; pane < SKETCH_PANES; pane++)
		for (unsigned int i = 0; i < SKETCH_REGISTERS; i++)
			merged[i] = sketch->panes[pane][i] > merged[i] ? sketch->panes[pane][i] : merged[i];
	sketch->merged = (struct hyperloglog){.sum = 0};
	for (unsigned int i = 0; i < SKETCH_REGISTERS; i++)
		if (merged[i] != 0)
			hyperloglog_lift(&sketch->merged, i, merged[i]);
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
	unsigned int place = hyperloglog_place(value);
	uint8_t rank = hyperloglog_rank(value);
	uint8_t *pane = sketch->panes[number % SKETCH_PANES];
	if (rank > pane[place])
		pane[place] = rank;
	if (rank > sketch->merged.registers[place])
		hyperloglog_lift(&sketch->merged, place, rank);
}

bool sketch_restore(struct sketch *sketch, uint64_t newest, const uint8_t panes[SKETCH_PANES][SKETCH_REGISTERS])
{
	for (unsigned int pane = 0; pane < SKETCH_PANES; pane++)
		for (unsigned int i = 0; i < SKETCH_REGISTERS; i++)
			if (panes[pane][i] > HYPERLOGLOG_RANK_MAX)
				return false;
	memcpy(sketch->panes, panes, sizeof(sketch->panes));
	sketch->newest = newest;
	merge(sketch);
	return true;
}

uint64_t sketch_estimate(const struct sketch *sketch)
{
	return hyperloglog_estimate(&sketch->merged);
}
