// SPDX-License-Identifier: GPL-2.0-only
#include "lib/nearest.h"

#include "lib/text.h"

#include <string.h>

/* As many slips are near in any name; in a long one, a third of its letters. */
#define NEAR_DISTANCE 2

struct nearest nearest_begin(const char *name)
{
	size_t third = strlen(name) / 3;

	return (struct nearest){
		.name = name,
		.limit = third > NEAR_DISTANCE ? third : NEAR_DISTANCE,
		.least = SIZE_MAX,
	};
}

void nearest_offer_part(struct nearest *nearest, const char *part, const char *candidate)
{
	size_t distance = text_distance(nearest->name, part);

	if (distance > nearest->limit || distance >= nearest->least)
		return;
	nearest->least = distance;
	nearest->found = candidate;
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	nearest_offer_part(nearest, candidate, candidate);
}
