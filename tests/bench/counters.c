// SPDX-License-Identifier: GPL-2.0-only
/*
 * counters [KEYS]: what the rules' counters cost, with 100000 keys unless it says otherwise. Nanoseconds for an
 * observation of a key at hand and of any of all keys, and resident bytes for a key, by what it counts.
 */
#include "rules/counters.h"
#include "loopback.h"

#include <string.h>

#define KEYS 100000
#define ROUNDS 2000000
#define BATCHES 5
#define WINDOW_NS (600 * 1000000000ULL)
#define STEP_NS 1000000 /* between two observations */

static uint64_t any(uint64_t number)
{
	struct fingerprint fingerprint = fingerprint_begin();
	fingerprint_add_number(&fingerprint, number);
	return fingerprint.low;
}

static struct fingerprint key_of(uint64_t number)
{
	struct fingerprint fingerprint = fingerprint_begin();
	fingerprint_add_text(&fingerprint, "a rule");
	fingerprint_add_number(&fingerprint, number);
	return fingerprint;
}

/* What an observation does: `values` different ones come by turns; 0: none. */
struct load {
	const char *name;
	size_t values;
	bool has_rate;
	bool has_samples;
};

static const struct load loads[] = {
	{"rate", 0, true, false},
	{"distinct, 1 value", 1, false, false},
	{"distinct, 4 values", 4, false, false},
	{"distinct, 32 values", 32, false, false},
	{"distinct, 1000 values", 1000, false, false},
	{"rate, distinct, 5 samples", 4, true, true},
};

static struct counter_layout layout_of(const struct load *load)
{
	struct counter_layout layout = {.slot_count = 0};

	if (load->has_rate)
		layout.slots[layout.slot_count++].kind = COUNTER_RATE;
	if (load->values > 0)
		layout.slots[layout.slot_count++].kind = COUNTER_DISTINCT;
	for (size_t slot = 0; slot < layout.slot_count; slot++)
		layout.slots[slot].window_ns = WINDOW_NS;
	return layout;
}

/* One observation, and what a rule asks after it. */
static uint64_t observe(struct counters *counters, const struct load *load, const struct counter_layout *layout,
			uint64_t key, uint64_t number)
{
	struct fingerprint fingerprint = key_of(key);
	struct counter *counter = counters_take(counters, &fingerprint, layout);
	uint64_t time_ns = WINDOW_NS + number * STEP_NS;
	uint64_t value = 0;
	bool is_estimate;

	for (size_t slot = 0; slot < layout->slot_count; slot++) {
		if (layout->slots[slot].kind == COUNTER_DISTINCT)
			counter_see(counters, counter, slot, time_ns, any(number % load->values));
		else
			counter_add(counters, counter, slot, time_ns, 1);
		value += counter_value(counters, counter, slot, &is_estimate);
	}
	if (load->has_samples)
		counter_remember(counters, counter, time_ns, NULL, "mail.example.org");
	return value;
}

/* `keys` of them at random, so many that the counters of all are in the cache or not. */
static double cost(const struct load *load, uint64_t keys, uint64_t *sum)
{
	_cleanup_(cleanup_counters_free) struct counters *counters = counters_new(keys);
	struct counter_layout layout = layout_of(load);
	double costs[BATCHES];
	uint64_t number = 0;

	if (!counters)
		fail("counters");
	for (; number < 2 * keys; number++)
		*sum += observe(counters, load, &layout, number % keys, number);
	for (size_t batch = 0; batch < BATCHES; batch++) {
		double start = now_ns();
		for (uint64_t i = 0; i < ROUNDS / BATCHES; i++, number++)
			*sum += observe(counters, load, &layout, any(number) % keys, number);
		costs[batch] = (now_ns() - start) / (ROUNDS / BATCHES);
	}
	return median_of(costs, BATCHES);
}

/* What of it goes to the fingerprints. */
static double cost_of_hashes(const struct load *load, uint64_t *sum)
{
	double start = now_ns();

	for (uint64_t number = 0; number < ROUNDS; number++) {
		*sum += key_of(any(number)).low;
		if (load->values > 0)
			*sum += any(number % load->values);
	}
	return (now_ns() - start) / ROUNDS;
}

static size_t resident_bytes(void)
{
	unsigned long pages[2];
	FILE *statm = fopen("/proc/self/statm", "re");

	if (!statm || fscanf(statm, "%lu %lu", &pages[0], &pages[1]) != 2)
		fail("statm");
	fclose(statm);
	return pages[1] * (size_t)sysconf(_SC_PAGESIZE);
}

static void print_memory(const struct load *load, uint64_t keys)
{
	size_t before = resident_bytes();
	_cleanup_(cleanup_counters_free) struct counters *counters = counters_new(keys);
	struct counter_layout layout = layout_of(load);

	if (!counters)
		fail("counters");
	size_t made = resident_bytes();
	for (uint64_t key = 0; key < keys; key++)
		for (uint64_t i = 0; i < (load->values ? load->values : 1); i++)
			observe(counters, load, &layout, key, i);
	struct counters_totals totals = counters_totals(counters);
	size_t used = resident_bytes() - before;
	printf("%-26s %8zu %9.1f %9zu %9.0f %9llu %9llu\n", load->name, made - before, (double)used / (1 << 20),
	       totals.keys, (double)used / (double)totals.keys, (unsigned long long)totals.forgotten,
	       (unsigned long long)totals.sketches_missed);
}

int main(int argc, char *argv[])
{
	uint64_t keys = argc > 1 ? strtoull(argv[1], NULL, 10) : KEYS;
	uint64_t sum = 0;

	if (keys == 0 || argc > 2) {
		fprintf(stderr, "usage: counters [KEYS]\n");
		return 2;
	}
	printf("%-26s %8s %9s %9s\n", "ns an observation", "1 key", "all keys", "hashing");
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		printf("%-26s %8.0f %9.0f %9.0f\n", loads[i].name, cost(&loads[i], 1, &sum),
		       cost(&loads[i], keys, &sum), cost_of_hashes(&loads[i], &sum));
	printf("%-26s %8s %9s %9s %9s %9s %9s\n", "memory", "empty, B", "MiB", "keys", "B a key", "forgotten",
	       "no sketch");
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		print_memory(&loads[i], keys);
	return sum == 0; /* so that no compiler leaves anything out */
}
