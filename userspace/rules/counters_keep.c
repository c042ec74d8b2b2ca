// SPDX-License-Identifier: GPL-2.0-only
#include "rules/counters_keep.h"

#include "rules/counters_inside.h"

#include <errno.h>
#include <string.h>

#define SLOT_NAME_SIZE 16
#define SAMPLE_NAME_SIZE 32
#define NUMBER_MAX (1ULL << 62)
#define WINDOW_MIN 1000 /* ns; more than there are buckets and panes */
#define WINDOW_MAX (366 * 86400 * 1000000000ULL)

enum rate_number { RATE_WINDOW, RATE_NEWEST, RATE_COUNTS, RATE_NUMBERS = RATE_COUNTS + RATE_BUCKETS };

static bool is_distinct(const struct counter *counter, size_t slot)
{
	return counter->distinct_slots >> slot & 1;
}

static struct rate_slot *rate_of(const struct counters *counters, const struct counter *counter, size_t slot)
{
	return pool_at(&counters->rates, counter->slots[slot]);
}

/* ---- Writing */

static uint64_t window_of(const struct counters *counters, const struct counter *counter, size_t slot)
{
	return is_distinct(counter, slot) ? distinct_sets_window(&counters->sets, counter->slots[slot])
					  : rate_of(counters, counter, slot)->window_ns;
}

/* No event is younger than the latest that was counted. One that only was counted of the whole moves no time here, so
 * the buckets are asked, too. */
static bool has_passed(const struct counters *counters, const struct counter *counter, uint64_t now_ns)
{
	uint64_t longest_ns = 0;
	uint64_t latest_ns = counter->latest_ns;

	for (size_t slot = 0; slot < counter->slot_count; slot++) {
		uint64_t window_ns = window_of(counters, counter, slot);
		if (window_ns > longest_ns)
			longest_ns = window_ns;
		if (is_distinct(counter, slot))
			continue;
		uint64_t end_ns = (rate_of(counters, counter, slot)->rate.newest + 1) * (window_ns / RATE_BUCKETS);
		if (end_ns > latest_ns)
			latest_ns = end_ns;
	}
	return now_ns >= latest_ns && now_ns - latest_ns > longest_ns;
}

static void keep_rate(const struct rate_slot *slot, FILE *stream, const char *name)
{
	uint64_t numbers[RATE_NUMBERS] = {slot->window_ns, slot->rate.newest};

	for (uint64_t age = 0; age < RATE_BUCKETS && age <= slot->rate.newest; age++)
		numbers[RATE_COUNTS + age] = slot->rate.counts[(slot->rate.newest - age) % RATE_BUCKETS];
	keep_put_numbers(stream, name, numbers, RATE_NUMBERS);
}

static void keep_slot(const struct counters *counters, const struct counter *counter, size_t slot, FILE *stream)
{
	char name[SLOT_NAME_SIZE];

	snprintf(name, sizeof(name), is_distinct(counter, slot) ? "distinct%zu" : "rate%zu", slot);
	if (!is_distinct(counter, slot)) {
		keep_rate(rate_of(counters, counter, slot), stream, name);
		return;
	}
	keep_put_number(stream, name, distinct_sets_window(&counters->sets, counter->slots[slot]));
	snprintf(name, sizeof(name), "d%zu", slot);
	distinct_sets_keep(&counters->sets, counter->slots[slot], stream, name);
}

static void keep_samples(const struct counters *counters, const struct counter *counter, FILE *stream)
{
	struct alert_sample samples[COUNTER_SAMPLES];
	size_t count = counter_samples(counters, counter, samples);
	char name[SAMPLE_NAME_SIZE];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "sample%zu", i);
		keep_put_number(stream, name, samples[i].wall_ns);
		snprintf(name, sizeof(name), "sample%zu_remote", i);
		keep_put_endpoint(stream, name, &samples[i].remote);
		snprintf(name, sizeof(name), "sample%zu_text", i);
		if (samples[i].text[0])
			keep_put_text(stream, name, samples[i].text);
	}
}

void counters_keep(const struct counters *counters, FILE *stream, uint64_t now_ns)
{
	const struct counter *counter;

	for (uint32_t number = counters->oldest; number != 0; number = counter->newer) {
		counter = pool_at(&counters->counters, number);
		if (has_passed(counters, counter, now_ns))
			continue;
		keep_begin(stream, COUNTER_KEEP_KIND);
		keep_put_numbers(stream, "key", (const uint64_t[]){counter->key.low, counter->key.high}, 2);
		keep_put_number(stream, "untold", counter->untold);
		keep_put_number(stream, "latest", counter->latest_ns);
		for (size_t slot = 0; slot < counter->slot_count; slot++)
			keep_slot(counters, counter, slot, stream);
		keep_samples(counters, counter, stream);
		keep_end(stream);
	}
}

/* ---- Reading */

/* A slot is a rate or a distinct count; the first that is neither ends the layout. */
static bool read_slot(struct keep_line *line, struct counter_layout *layout)
{
	size_t slot = layout->slot_count;
	uint64_t numbers[RATE_NUMBERS];
	char name[SLOT_NAME_SIZE];

	snprintf(name, sizeof(name), "distinct%zu", slot);
	uint64_t window_ns = keep_number(line, name, WINDOW_MAX);
	bool distinct = window_ns > 0;
	snprintf(name, sizeof(name), "rate%zu", slot);
	if (!distinct && keep_numbers(line, name, NUMBER_MAX, numbers, RATE_NUMBERS) > 0)
		window_ns = numbers[RATE_WINDOW];
	if (window_ns == 0)
		return false;
	if (window_ns < WINDOW_MIN || window_ns > WINDOW_MAX)
		line->is_bad = true;
	layout->slots[slot].kind = distinct ? COUNTER_DISTINCT : COUNTER_RATE;
	layout->slots[slot].window_ns = window_ns;
	layout->slot_count++;
	return true;
}

static void restore_rate(struct keep_line *line, struct rate_slot *slot, const char *name, uint64_t now_ns)
{
	uint64_t numbers[RATE_NUMBERS];

	keep_numbers(line, name, NUMBER_MAX, numbers, RATE_NUMBERS);
	if (line->is_bad || numbers[RATE_NEWEST] > now_ns / (slot->window_ns / RATE_BUCKETS)) {
		line->is_bad = true;
		return;
	}
	slot->rate.newest = numbers[RATE_NEWEST];
	for (uint64_t age = 0; age < RATE_BUCKETS && age <= slot->rate.newest; age++) {
		uint64_t count = numbers[RATE_COUNTS + age];
		if (count > UINT32_MAX)
			line->is_bad = true;
		slot->rate.counts[(slot->rate.newest - age) % RATE_BUCKETS] = (uint32_t)count;
		slot->rate.sum += (uint32_t)count;
	}
}

static void restore_slot(struct counters *counters, struct counter *counter, size_t slot, struct keep_line *line,
			 uint64_t now_ns)
{
	char name[SLOT_NAME_SIZE];

	snprintf(name, sizeof(name), is_distinct(counter, slot) ? "d%zu" : "rate%zu", slot);
	if (is_distinct(counter, slot))
		distinct_sets_restore(&counters->sets, counter->slots[slot], line, name, now_ns);
	else
		restore_rate(line, rate_of(counters, counter, slot), name, now_ns);
}

static void restore_samples(struct counters *counters, struct counter *counter, struct keep_line *line)
{
	char name[SAMPLE_NAME_SIZE];

	for (size_t i = 0; i < COUNTER_SAMPLES; i++) {
		struct endpoint remote;
		char text[ALERT_SAMPLE_TEXT_SIZE];

		snprintf(name, sizeof(name), "sample%zu", i);
		uint64_t wall_ns = keep_number(line, name, NUMBER_MAX);
		snprintf(name, sizeof(name), "sample%zu_remote", i);
		keep_endpoint(line, name, &remote);
		snprintf(name, sizeof(name), "sample%zu_text", i);
		keep_copy_text(line, name, text, sizeof(text));
		if (wall_ns > 0)
			counter_remember(counters, counter, wall_ns, &remote, text);
	}
}

/* Of events that lie before the beginning of the clock nothing is known: a clock that is behind all of them is wrong.
 */
int counters_restore(struct counters *counters, struct keep_line *line, uint64_t now_ns)
{
	struct counter_layout layout = {.slot_count = 0};
	uint64_t numbers[2];

	keep_numbers(line, "key", UINT64_MAX, numbers, 2);
	const struct fingerprint key = {.low = numbers[0], .high = numbers[1]};
	uint64_t untold = keep_number(line, "untold", NUMBER_MAX);
	uint64_t latest_ns = keep_number(line, "latest", now_ns);
	while (layout.slot_count < COUNTER_SLOTS_MAX && read_slot(line, &layout))
		;
	if (line->is_bad || layout.slot_count == 0 || pool_left(&counters->counters) == 0 ||
	    counters_find_any(counters, &key))
		return -EINVAL;
	struct counter *counter = counters_take(counters, &key, &layout);
	counter->untold = untold;
	counter->latest_ns = latest_ns;
	for (size_t slot = 0; slot < counter->slot_count; slot++)
		restore_slot(counters, counter, slot, line, now_ns);
	restore_samples(counters, counter, line);
	counter->is_of_earlier_run = true;
	if (!line->is_bad)
		return 0;
	counters_drop(counters, counter);
	return -EINVAL;
}
