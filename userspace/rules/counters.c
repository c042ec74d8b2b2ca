// SPDX-License-Identifier: GPL-2.0-only
#include "rules/counters.h"

#include "rules/counters_inside.h"

#include <errno.h>
#include <string.h>

/* How many records there are; the header tells what that means. */
#define RATES_A_KEY 4
#define SAMPLES_A_KEY 3
#define KEYS_A_BLOCK 4
#define KEYS_A_SKETCH 64
#define SKETCHES_MIN 64

#define CHARACTER_REST 0x80 /* UTF-8: the first two bits of a byte that goes on with a character */
#define CHARACTER_MASK 0xc0

static struct counter *counter_at(const struct counters *counters, uint32_t number)
{
	return pool_at(&counters->counters, number);
}

static struct rate_slot *rate_at(const struct counters *counters, const struct counter *counter, size_t slot)
{
	return pool_at(&counters->rates, counter->slots[slot]);
}

static struct kept_sample *sample_at(const struct counters *counters, uint32_t number)
{
	return pool_at(&counters->samples, number);
}

static uint32_t number_of(const struct counters *counters, const struct counter *counter)
{
	return (uint32_t)(counter - counter_at(counters, 0));
}

static bool is_distinct(const struct counter *counter, size_t slot)
{
	return counter->distinct_slots >> slot & 1;
}

static uint64_t window_of(const struct counters *counters, const struct counter *counter, size_t slot)
{
	return is_distinct(counter, slot) ? distinct_sets_window(&counters->sets, counter->slots[slot])
					  : rate_at(counters, counter, slot)->window_ns;
}

static size_t larger(size_t left, size_t right)
{
	return left > right ? left : right;
}

static int reserve_pools(struct counters *counters, size_t keys)
{
	const size_t held_slots = (size_t)COUNTERS_HELD * COUNTER_SLOTS_MAX;
	int error;

	if ((error = pool_make(&counters->counters, sizeof(struct counter), keys)) != 0 ||
	    (error = pool_make(&counters->rates, sizeof(struct rate_slot), larger(RATES_A_KEY * keys, held_slots))) !=
		    0 ||
	    (error = pool_make(&counters->samples, sizeof(struct kept_sample), SAMPLES_A_KEY * keys)) != 0)
		return error;
	return distinct_sets_make(&counters->sets, larger(keys, held_slots), larger(keys / KEYS_A_BLOCK, held_slots),
				  larger(keys / KEYS_A_SKETCH, SKETCHES_MIN));
}

static int reserve_buckets(struct counters *counters, size_t keys)
{
	size_t count = 1;

	while (count < keys)
		count *= 2;
	counters->bucket_mask = count - 1;
	counters->buckets = calloc(count, sizeof(*counters->buckets));
	return counters->buckets ? 0 : -ENOMEM;
}

struct counters *counters_new(size_t keys)
{
	_cleanup_(cleanup_counters_free) struct counters *counters = calloc(1, sizeof(*counters));
	if (!counters || reserve_pools(counters, keys) != 0 || reserve_buckets(counters, keys) != 0)
		return NULL;
	return TAKE_PTR(counters);
}

void counters_free(struct counters *counters)
{
	if (!counters)
		return;
	pool_release(&counters->counters);
	pool_release(&counters->rates);
	pool_release(&counters->samples);
	distinct_sets_release(&counters->sets);
	free(counters->buckets);
	free(counters);
}

static uint32_t *bucket_of(const struct counters *counters, const struct fingerprint *key)
{
	return &counters->buckets[key->low & counters->bucket_mask];
}

struct counter *counters_find_any(const struct counters *counters, const struct fingerprint *key)
{
	for (uint32_t number = *bucket_of(counters, key); number != 0;) {
		struct counter *counter = counter_at(counters, number);
		if (counter->key.low == key->low && counter->key.high == key->high)
			return counter;
		number = counter->next_in_bucket;
	}
	return NULL;
}

struct counter *counters_find(const struct counters *counters, const struct fingerprint *key)
{
	struct counter *counter = counters_find_any(counters, key);

	return counter && !counter->is_of_earlier_run ? counter : NULL;
}

static void append(struct counters *counters, struct counter *counter)
{
	uint32_t number = number_of(counters, counter);

	counter->newer = 0;
	counter->older = counters->newest;
	if (counters->newest != 0)
		counter_at(counters, counters->newest)->newer = number;
	else
		counters->oldest = number;
	counters->newest = number;
}

static void detach(struct counters *counters, const struct counter *counter)
{
	if (counter->older != 0)
		counter_at(counters, counter->older)->newer = counter->newer;
	else
		counters->oldest = counter->newer;
	if (counter->newer != 0)
		counter_at(counters, counter->newer)->older = counter->older;
	else
		counters->newest = counter->older;
}

static void release_slots(struct counters *counters, const struct counter *counter)
{
	for (size_t slot = 0; slot < counter->slot_count; slot++) {
		if (is_distinct(counter, slot))
			distinct_sets_give_back(&counters->sets, counter->slots[slot]);
		else
			pool_give_back(&counters->rates, counter->slots[slot]);
	}
}

static void release_samples(struct counters *counters, const struct counter *counter)
{
	uint32_t number = counter->newest_sample;

	counters->remembering -= counter->sample_count > 0;
	for (size_t left = counter->sample_count; left > 0; left--) {
		uint32_t next = sample_at(counters, number)->next;
		pool_give_back(&counters->samples, number);
		number = next;
	}
}

/* The key that was taken longest ago leaves, or the one after it if that is `held`, which may be NULL. There is one: no
 * pool is so small that a single key could use it up. */
static void forget_oldest(struct counters *counters, const struct counter *held)
{
	uint32_t number = counters->oldest;
	if (held && counter_at(counters, number) == held)
		number = held->newer;
	counters_drop(counters, counter_at(counters, number));
	counters->forgotten++;
}

void counters_drop(struct counters *counters, struct counter *counter)
{
	uint32_t number = number_of(counters, counter);

	uint32_t *at = bucket_of(counters, &counter->key);
	while (*at != number)
		at = &counter_at(counters, *at)->next_in_bucket;
	*at = counter->next_in_bucket;
	detach(counters, counter);
	release_slots(counters, counter);
	release_samples(counters, counter);
	pool_give_back(&counters->counters, number);
}

static uint32_t take_rate(struct counters *counters, uint64_t window_ns)
{
	uint32_t number = pool_take(&counters->rates);

	if (number != 0)
		((struct rate_slot *)pool_at(&counters->rates, number))->window_ns = window_ns;
	return number;
}

static void make_slots(struct counters *counters, struct counter *counter, const struct counter_layout *layout)
{
	while (counter->slot_count < layout->slot_count) {
		uint8_t slot = counter->slot_count;
		uint64_t window_ns = layout->slots[slot].window_ns;
		bool distinct = layout->slots[slot].kind == COUNTER_DISTINCT;
		uint32_t number =
			distinct ? distinct_sets_take(&counters->sets, window_ns) : take_rate(counters, window_ns);

		if (number == 0) {
			forget_oldest(counters, NULL);
			continue;
		}
		counter->slots[slot] = number;
		counter->distinct_slots |= (uint8_t)(distinct << slot);
		counter->slot_count++;
	}
}

/* It is found, and can leave, only when it is complete. */
static struct counter *make(struct counters *counters, const struct fingerprint *key,
			    const struct counter_layout *layout)
{
	if (pool_left(&counters->counters) == 0)
		forget_oldest(counters, NULL);
	uint32_t number = pool_take(&counters->counters);
	struct counter *counter = counter_at(counters, number);

	counter->key = *key;
	make_slots(counters, counter, layout);
	counter->next_in_bucket = *bucket_of(counters, key);
	*bucket_of(counters, key) = number;
	append(counters, counter);
	return counter;
}

/* What a file says that a key's counters are need not be what the rule has. */
static bool has_layout(const struct counters *counters, const struct counter *counter,
		       const struct counter_layout *layout)
{
	bool is_like = counter->slot_count == layout->slot_count;

	for (size_t slot = 0; is_like && slot < layout->slot_count; slot++)
		is_like = is_distinct(counter, slot) == (layout->slots[slot].kind == COUNTER_DISTINCT) &&
			  window_of(counters, counter, slot) == layout->slots[slot].window_ns;
	return is_like;
}

struct counter *counters_take(struct counters *counters, const struct fingerprint *key,
			      const struct counter_layout *layout)
{
	struct counter *counter = counters_find_any(counters, key);

	if (counter && counter->is_of_earlier_run) {
		counter->is_of_earlier_run = false;
		if (!has_layout(counters, counter, layout)) {
			counters_drop(counters, counter);
			counter = NULL;
		}
	}
	if (!counter)
		return make(counters, key, layout);
	if (counter->newer != 0) {
		detach(counters, counter);
		append(counters, counter);
	}
	return counter;
}

void counter_add(struct counters *counters, struct counter *counter, size_t slot, uint64_t time_ns, uint64_t count)
{
	struct rate_slot *rate = rate_at(counters, counter, slot);

	rate_add(&rate->rate, time_ns, rate->window_ns, count);
}

void counter_withdraw(struct counters *counters, struct counter *counter, size_t slot, const struct counter *part,
		      size_t part_slot)
{
	rate_withdraw(&rate_at(counters, counter, slot)->rate, &rate_at(counters, part, part_slot)->rate);
}

void counter_see(struct counters *counters, struct counter *counter, size_t slot, uint64_t time_ns, uint64_t value)
{
	while (!distinct_sets_see(&counters->sets, counter->slots[slot], time_ns, value))
		forget_oldest(counters, counter);
}

uint64_t counter_value(const struct counters *counters, const struct counter *counter, size_t slot,
		       bool *ret_is_estimate)
{
	bool is_estimate = false;
	uint64_t value = is_distinct(counter, slot)
				 ? distinct_sets_value(&counters->sets, counter->slots[slot], &is_estimate)
				 : rate_count(&rate_at(counters, counter, slot)->rate);

	if (ret_is_estimate)
		*ret_is_estimate = is_estimate;
	return value;
}

/* Puts a new one behind the newest, and so before the oldest. */
static void link_sample(struct counters *counters, struct counter *counter, uint32_t number)
{
	struct kept_sample *sample = sample_at(counters, number);

	sample->next = number;
	if (counter->sample_count > 0) {
		struct kept_sample *newest = sample_at(counters, counter->newest_sample);
		sample->next = newest->next;
		newest->next = number;
	} else {
		counters->remembering++;
	}
	counter->sample_count++;
}

/* A counter's first is always there: further ones are only as many as leave one for each that has none. */
static bool can_have_more(const struct counters *counters, const struct counter *counter)
{
	uint32_t kept_free = counters->counters.capacity - counters->remembering;

	return counter->sample_count == 0 ||
	       (counter->sample_count < COUNTER_SAMPLES && pool_left(&counters->samples) > kept_free);
}

/* One more, or the counter's oldest; the newest from then on. */
static struct alert_sample *next_sample(struct counters *counters, struct counter *counter)
{
	uint32_t number;

	if (can_have_more(counters, counter)) {
		number = pool_take(&counters->samples);
		link_sample(counters, counter, number);
	} else {
		number = sample_at(counters, counter->newest_sample)->next;
	}
	counter->newest_sample = number;
	return &sample_at(counters, number)->sample;
}

static void copy_text(char target[ALERT_SAMPLE_TEXT_SIZE], const char *text)
{
	size_t length = strnlen(text, ALERT_SAMPLE_TEXT_SIZE);

	if (length == ALERT_SAMPLE_TEXT_SIZE) {
		length--;
		for (int rest = 0; rest < 3 && ((uint8_t)text[length] & CHARACTER_MASK) == CHARACTER_REST; rest++)
			length--;
	}
	memcpy(target, text, length);
	target[length] = '\0';
}

void counter_remember(struct counters *counters, struct counter *counter, uint64_t wall_ns,
		      const struct endpoint *remote, const char *text)
{
	struct alert_sample *sample = next_sample(counters, counter);

	*sample = (struct alert_sample){.wall_ns = wall_ns};
	if (remote)
		sample->remote = *remote;
	if (text)
		copy_text(sample->text, text);
}

size_t counter_samples(const struct counters *counters, const struct counter *counter,
		       struct alert_sample ret_samples[COUNTER_SAMPLES])
{
	uint32_t number = counter->newest_sample;

	for (size_t i = 0; i < counter->sample_count; i++) {
		number = sample_at(counters, number)->next;
		ret_samples[i] = sample_at(counters, number)->sample;
	}
	return counter->sample_count;
}

uint64_t *counter_untold(struct counter *counter)
{
	return &counter->untold;
}

uint64_t *counter_latest_ns(struct counter *counter)
{
	return &counter->latest_ns;
}

struct counters_totals counters_totals(const struct counters *counters)
{
	return (struct counters_totals){
		.keys = counters->counters.in_use,
		.forgotten = counters->forgotten,
		.sketches_missed = counters->sets.sketches_missed,
	};
}
