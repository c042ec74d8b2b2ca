// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rate.h"

#include <string.h>

static void advance(struct rate *rate, uint64_t number)
{
	if (number <= rate->newest)
		return;
	if (number - rate->newest >= RATE_BUCKETS)
		memset(rate->counts, 0, sizeof(rate->counts));
	else
		for (uint64_t passed = rate->newest + 1; passed <= number; passed++)
			rate->counts[passed % RATE_BUCKETS] = 0;
	rate->newest = number;
}

void rate_add(struct rate *rate, uint64_t time_ns, uint64_t window_ns, uint64_t count)
{
	uint64_t number = time_ns / (window_ns / RATE_BUCKETS);

	advance(rate, number);
	if (rate->newest - number >= RATE_BUCKETS)
		return;
	uint32_t *bucket = &rate->counts[number % RATE_BUCKETS];
	*bucket = count < UINT32_MAX - *bucket ? *bucket + (uint32_t)count : UINT32_MAX;
}

uint64_t rate_count(const struct rate *rate)
{
	uint64_t count = 0;
	for (unsigned int i = 0; i < RATE_BUCKETS; i++)
		count += rate->counts[i];
	return count;
}

void rate_withdraw(struct rate *rate, const struct rate *part)
{
	for (uint64_t age = 0; age < RATE_BUCKETS && age <= part->newest; age++) {
		uint64_t number = part->newest - age;
		uint32_t count = part->counts[number % RATE_BUCKETS];
		uint32_t *bucket = &rate->counts[number % RATE_BUCKETS];

		if (number <= rate->newest && rate->newest - number < RATE_BUCKETS)
			*bucket -= count < *bucket ? count : *bucket;
	}
}
