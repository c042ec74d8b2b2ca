// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rate.h"

#include <string.h>

static void advance(struct rate *rate, uint64_t number)
{
	if (number - rate->newest >= RATE_BUCKETS) {
		memset(rate->counts, 0, sizeof(rate->counts));
		rate->sum = 0;
	} else {
		for (uint64_t passed = rate->newest + 1; passed <= number; passed++) {
			rate->sum -= rate->counts[passed % RATE_BUCKETS];
			rate->counts[passed % RATE_BUCKETS] = 0;
		}
	}
	rate->newest = number;
}

/* Most events lie in the newest bucket, and a division costs more than all the rest. */
static uint64_t bucket_of(const struct rate *rate, uint64_t time_ns, uint64_t window_ns)
{
	uint64_t width = window_ns / RATE_BUCKETS;
	uint64_t start = rate->newest * width;

	return time_ns >= start && time_ns - start < width ? rate->newest : time_ns / width;
}

void rate_add(struct rate *rate, uint64_t time_ns, uint64_t window_ns, uint64_t count)
{
	uint64_t number = bucket_of(rate, time_ns, window_ns);

	if (number > rate->newest)
		advance(rate, number);
	else if (rate->newest - number >= RATE_BUCKETS)
		return;
	uint32_t *bucket = &rate->counts[number % RATE_BUCKETS];
	uint32_t room = UINT32_MAX - *bucket;
	uint32_t added = count < room ? (uint32_t)count : room;
	*bucket += added;
	rate->sum += added;
}

uint64_t rate_count(const struct rate *rate)
{
	return rate->sum;
}

void rate_withdraw(struct rate *rate, const struct rate *part)
{
	for (uint64_t age = 0; age < RATE_BUCKETS && age <= part->newest; age++) {
		uint64_t number = part->newest - age;
		uint32_t count = part->counts[number % RATE_BUCKETS];
		uint32_t *bucket = &rate->counts[number % RATE_BUCKETS];

		if (number > rate->newest || rate->newest - number >= RATE_BUCKETS)
			continue;
		uint32_t withdrawn = count < *bucket ? count : *bucket;
		*bucket -= withdrawn;
		rate->sum -= withdrawn;
	}
}
