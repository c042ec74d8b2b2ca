// SPDX-License-Identifier: GPL-2.0-only
#include "rules/counters.h"

#include "rules/event_times.h"
#include "support/test.h"

#define WINDOW 8000
#define START 1000000

static const struct counter_layout one_rate = {
	.slots = {{COUNTER_RATE, WINDOW}},
	.slot_count = 1,
};

static const struct counter_layout one_distinct = {
	.slots = {{COUNTER_DISTINCT, WINDOW}},
	.slot_count = 1,
};

static const struct counter_layout nothing = {.slot_count = 0};

static struct fingerprint key_of(uint64_t number)
{
	return (struct fingerprint){.low = spread(number), .high = spread(~number)};
}

static struct counters *new_counters(size_t keys)
{
	struct counters *counters = counters_new(keys);

	assert_non_null(counters);
	return counters;
}

static struct counter *take(struct counters *counters, uint64_t key, const struct counter_layout *layout)
{
	struct fingerprint fingerprint = key_of(key);
	struct counter *counter = counters_take(counters, &fingerprint, layout);

	assert_non_null(counter);
	assert_ptr_equal(counters_find(counters, &fingerprint), counter);
	return counter;
}

static struct counter *find(const struct counters *counters, uint64_t key)
{
	struct fingerprint fingerprint = key_of(key);

	return counters_find(counters, &fingerprint);
}

/* Different values `first` and the `count` - 1 after it, at one time. */
static void see(struct counters *counters, struct counter *counter, uint64_t time_ns, uint64_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		counter_see(counters, counter, 0, time_ns, spread(first + i));
}

static void assert_exactly(const struct counters *counters, const struct counter *counter, uint64_t expected)
{
	bool is_estimate = true;

	assert_int_equal(counter_value(counters, counter, 0, &is_estimate), expected);
	assert_false(is_estimate);
}

static void test_keys(void **state)
{
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(10);
	struct counter *one = take(counters, 1, &one_rate);
	struct counter *two = take(counters, 2, &one_rate);

	(void)state;
	assert_null(find(counters, 3));
	assert_ptr_equal(find(counters, 1), one);
	assert_ptr_equal(take(counters, 1, &one_rate), one);
	assert_true(one != two);
	counter_add(counters, one, 0, START, 5);
	assert_exactly(counters, one, 5);
	assert_exactly(counters, two, 0);
	assert_int_equal(counter_value(counters, one, 0, NULL), 5);
	assert_int_equal(*counter_untold(one), 0);
	*counter_untold(one) += 7;
	assert_int_equal(*counter_untold(find(counters, 1)), 7);
	assert_int_equal(*counter_untold(two), 0);
	assert_int_equal(counters_totals(counters).keys, 2);
	assert_int_equal(counters_totals(counters).forgotten, 0);
	counters_free(NULL);
}

/* Both halves of a fingerprint tell keys apart. */
static void test_keys_with_a_half_in_common(void **state)
{
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(10);

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		struct fingerprint key = {.low = i / 2, .high = i % 2};
		assert_null(counters_find(counters, &key));
		counter_add(counters, counters_take(counters, &key, &one_rate), 0, START, i);
	}
	for (uint64_t i = 0; i < 4; i++) {
		struct fingerprint key = {.low = i / 2, .high = i % 2};
		assert_exactly(counters, counters_find(counters, &key), i);
	}
}

/* Of all kinds and windows, each for itself. */
static void test_slots(void **state)
{
	static const struct counter_layout layout = {
		.slots = {{COUNTER_RATE, WINDOW},
			  {COUNTER_DISTINCT, WINDOW},
			  {COUNTER_RATE, 10 * WINDOW},
			  {COUNTER_DISTINCT, 10 * WINDOW},
			  {COUNTER_DISTINCT, WINDOW},
			  {COUNTER_RATE, WINDOW}},
		.slot_count = 6,
	};
	static const uint64_t expected[][6] = {{40, 4, 40, 4, 0, 0}, {4, 1, 44, 5, 0, 0}, {4, 1, 4, 1, 0, 0}};
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(3);
	struct counter *counter = take(counters, 1, &layout);
	uint64_t time_ns = START;

	(void)state;
	for (size_t step = 0; step < ARRAY_SIZE(expected); step++) {
		for (uint64_t i = 0; i < (step == 0 ? 40 : 4); i++) {
			for (size_t slot = 0; slot < 3; slot += 2)
				counter_add(counters, counter, slot, time_ns, 1);
			for (size_t slot = 1; slot < 4; slot += 2)
				counter_see(counters, counter, slot, time_ns, spread(step == 0 ? i % 4 : 100 + step));
		}
		for (size_t slot = 0; slot < 6; slot++)
			assert_int_equal(counter_value(counters, counter, slot, NULL), expected[step][slot]);
		time_ns += step == 0 ? 2 * WINDOW : 20 * WINDOW;
	}
}

/* More than are counted exactly, where there are sketches and where there are none. */
static void test_estimates(void **state)
{
	enum { KEYS = 65 }; /* one more than there are sketches in a small table */
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(100);

	(void)state;
	for (uint64_t key = 0; key < KEYS; key++) {
		struct counter *counter = take(counters, key, &one_distinct);
		bool is_estimate = false;

		see(counters, counter, START, 0, 1000);
		uint64_t value = counter_value(counters, counter, 0, &is_estimate);
		assert_true(is_estimate);
		if (key < KEYS - 1)
			assert_in_range(value, 740, 1260); /* 4 standard errors */
		else
			assert_int_equal(value, 33);
		assert_int_equal(counters_totals(counters).sketches_missed, key == KEYS - 1);
		assert_int_equal(counters_totals(counters).forgotten, 0);
	}
}

static void test_withdraw(void **state)
{
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(10);
	struct counter *all = take(counters, 1, &one_rate);
	struct counter *part = take(counters, 2, &one_rate);

	(void)state;
	counter_add(counters, all, 0, START, 9);
	counter_add(counters, part, 0, START, 4);
	counter_withdraw(counters, all, 0, part, 0);
	assert_exactly(counters, all, 5);
	assert_exactly(counters, part, 4);
}

#define MODEL_KEYS 300

/* The same in the simplest way: the keys that are held, the one that was taken longest ago first. */
struct naive {
	uint64_t keys[MODEL_KEYS];
	uint64_t counts[MODEL_KEYS]; /* by key */
	size_t count;
	size_t capacity;
	uint64_t forgotten;
};

static void naive_take(struct naive *naive, uint64_t key)
{
	size_t place = 0;

	while (place < naive->count && naive->keys[place] != key)
		place++;
	if (place == naive->count) {
		naive->counts[key] = 0;
		naive->count++;
		if (naive->count > naive->capacity) {
			place = 0;
			naive->count--;
			naive->forgotten++;
		}
	}
	memmove(&naive->keys[place], &naive->keys[place + 1], (naive->count - place - 1) * sizeof(*naive->keys));
	naive->keys[naive->count - 1] = key;
}

static void assert_like_naive(const struct counters *counters, const struct naive *naive)
{
	bool is_there[MODEL_KEYS] = {false};

	for (size_t i = 0; i < naive->count; i++)
		is_there[naive->keys[i]] = true;
	for (uint64_t key = 0; key < MODEL_KEYS; key++) {
		const struct counter *counter = find(counters, key);
		assert_int_equal(counter != NULL, is_there[key]);
		if (counter)
			assert_exactly(counters, counter, naive->counts[key]);
	}
	assert_int_equal(counters_totals(counters).keys, naive->count);
	assert_int_equal(counters_totals(counters).forgotten, naive->forgotten);
}

static void test_the_longest_quiet_leaves(void **state)
{
	static const size_t capacities[] = {1, 2, 3, 64, 100, 299, 300};
	unsigned int seed = 20260725;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(capacities); i++) {
		_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(capacities[i]);
		struct naive naive = {.capacity = capacities[i]};
		for (int step = 0; step < 5000; step++) {
			uint64_t key = (uint64_t)rand_r(&seed) % (step % 1000 < 200 ? 5 : MODEL_KEYS);
			find(counters, (uint64_t)rand_r(&seed) % MODEL_KEYS); /* changes no order */
			counter_add(counters, take(counters, key, &one_rate), 0, START, key + 1);
			naive_take(&naive, key);
			naive.counts[key] += key + 1;
			if (step % 50 == 0)
				assert_like_naive(counters, &naive);
		}
		assert_like_naive(counters, &naive);
	}
}

/* The first that are still there, when `count` were taken once, each in its turn: it and all later ones are. */
static uint64_t first_there(const struct counters *counters, uint64_t count)
{
	uint64_t first = 0;

	while (first < count && !find(counters, first))
		first++;
	for (uint64_t key = first; key < count; key++)
		assert_non_null(find(counters, key));
	assert_int_equal(counters_totals(counters).keys, count - first);
	assert_int_equal(counters_totals(counters).forgotten, first);
	return first;
}

/* Memory is bounded for each kind; and of those that were taken last none leaves. */
static void test_other_records_run_out(void **state)
{
	enum { KEYS = 1000 };
	struct counter_layout layout = {.slot_count = COUNTER_SLOTS_MAX};

	(void)state;
	for (size_t distinct = 0; distinct <= COUNTER_SLOTS_MAX; distinct++) {
		_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(KEYS);
		for (size_t slot = 0; slot < COUNTER_SLOTS_MAX; slot++) {
			layout.slots[slot].kind = slot < distinct ? COUNTER_DISTINCT : COUNTER_RATE;
			layout.slots[slot].window_ns = WINDOW;
		}
		for (uint64_t key = 0; key < KEYS; key++) {
			struct counter *counter = take(counters, key, &layout);
			for (size_t slot = 0; slot < distinct; slot++) /* with the block, but no sketch */
				for (uint64_t i = 0; i < 20; i++)
					counter_see(counters, counter, slot, START, spread(i));
			for (uint64_t held = key < COUNTERS_HELD ? 0 : key + 1 - COUNTERS_HELD; held < key; held++)
				assert_non_null(find(counters, held));
			for (size_t slot = 0; slot < COUNTER_SLOTS_MAX; slot++)
				assert_int_equal(counter_value(counters, counter, slot, NULL),
						 slot < distinct ? 20 : 0);
		}
		assert_in_range(first_there(counters, KEYS), 1, KEYS - COUNTERS_HELD);
	}
}

/* A key that nobody took for long may see a value too: it does not leave for itself. */
static void test_an_old_one_grows(void **state)
{
	enum { BLOCKS = COUNTERS_HELD * COUNTER_SLOTS_MAX }; /* of a small table */
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(BLOCKS + 1);
	struct counter *oldest = take(counters, 0, &one_distinct);

	(void)state;
	for (uint64_t key = 1; key <= BLOCKS; key++)
		see(counters, take(counters, key, &one_distinct), START, 0, 10);
	assert_int_equal(counters_totals(counters).forgotten, 0);
	see(counters, oldest, START, 0, 10);
	assert_int_equal(counters_totals(counters).forgotten, 1);
	assert_ptr_equal(find(counters, 0), oldest);
	assert_exactly(counters, oldest, 10);
	assert_null(find(counters, 1));
	assert_exactly(counters, find(counters, 2), 10);

	/* Blocks that are no longer needed are there for others. */
	see(counters, find(counters, 2), START + WINDOW, 0, 1);
	see(counters, take(counters, 1, &one_distinct), START, 0, 10);
	assert_int_equal(counters_totals(counters).forgotten, 1);
	assert_exactly(counters, find(counters, 2), 1);
}

static void remember(struct counters *counters, struct counter *counter, uint64_t number)
{
	struct endpoint remote = {.port = (uint16_t)number};
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	counter_remember(counters, counter, number, number % 3 ? &remote : NULL, number % 5 ? text : NULL);
}

static void assert_remembers(const struct counters *counters, const struct counter *counter, uint64_t first,
			     size_t count)
{
	struct alert_sample samples[COUNTER_SAMPLES];
	char text[32];

	assert_int_equal(counter_samples(counters, counter, samples), count);
	for (size_t i = 0; i < count; i++) {
		uint64_t number = first + i;
		snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
		assert_int_equal(samples[i].wall_ns, number);
		assert_int_equal(samples[i].remote.port, number % 3 ? number : 0);
		assert_string_equal(samples[i].text, number % 5 ? text : "");
	}
}

static void test_samples(void **state)
{
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(10);
	struct counter *one = take(counters, 1, &nothing);
	struct counter *two = take(counters, 2, &nothing);

	(void)state;
	assert_remembers(counters, one, 0, 0);
	for (uint64_t number = 1; number < 30; number++) {
		size_t count = number < COUNTER_SAMPLES ? number : COUNTER_SAMPLES;
		remember(counters, one, number);
		remember(counters, two, number + 1000);
		assert_remembers(counters, one, number + 1 - count, count);
		assert_remembers(counters, two, number + 1001 - count, count);
	}
}

/* Cut between two characters, where there are any. */
static void test_long_texts(void **state)
{
	static const struct {
		const char *text;
		size_t kept;
	} cases[] = {
		{"0123456789012345678901234567890123456", 37},
		{"01234567890123456789012345678901234567", 37},
		{"012345678901234567890123456789012345678901234567890123456789", 37},
		{"012345678901234567890123456789012345\xc3\xa4", 36},
		{"01234567890123456789012345678901234\xc3\xa4z", 37},
		{"0123456789012345678901234567890123\xf0\x9f\x93\xa7z", 34},
		{"01234567890123456789012345678901234567\x80", 37},
		{"0123456789012345678901234567890123\x80\x80\x80\x80\x80\x80\x80", 34},
	};
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(1);
	struct counter *counter = take(counters, 1, &nothing);
	struct alert_sample samples[COUNTER_SAMPLES];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		counter_remember(counters, counter, START, NULL, cases[i].text);
		size_t count = counter_samples(counters, counter, samples);
		assert_int_equal(strlen(samples[count - 1].text), cases[i].kept);
		assert_memory_equal(samples[count - 1].text, cases[i].text, cases[i].kept);
	}
}

/* Nobody leaves for samples. Who comes late goes on with fewer, until others leave. */
static void test_samples_run_out(void **state)
{
	enum { KEYS = 1000 };
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(KEYS);
	struct alert_sample samples[COUNTER_SAMPLES];
	size_t total = 0;

	(void)state;
	for (uint64_t key = 0; key < 2 * KEYS; key++) {
		struct counter *counter = take(counters, key, &nothing);
		for (uint64_t number = 1; number <= 20; number++)
			remember(counters, counter, number);
		size_t count = counter_samples(counters, counter, samples);
		assert_in_range(count, key < KEYS / 2 ? COUNTER_SAMPLES : 1, COUNTER_SAMPLES);
		assert_remembers(counters, counter, 21 - count, count);
		total += key < KEYS ? count : 0;
	}
	assert_int_equal(counters_totals(counters).keys, KEYS);
	assert_int_equal(counters_totals(counters).forgotten, KEYS);
	assert_int_equal(total, 3 * KEYS); /* all that there are */
	total = 0;
	for (uint64_t key = KEYS; key < 2 * KEYS; key++)
		total += counter_samples(counters, find(counters, key), samples);
	assert_int_equal(total, 3 * KEYS);
}

/* A key that comes again begins anew, whatever lay in its records. */
static void test_a_new_key_is_empty(void **state)
{
	static const struct counter_layout layout = {
		.slots = {{COUNTER_DISTINCT, WINDOW}, {COUNTER_RATE, WINDOW}},
		.slot_count = 2,
	};
	_cleanup_(cleanup_counters_free) struct counters *counters = new_counters(2);

	(void)state;
	for (uint64_t key = 0; key < 1000; key++) {
		struct counter *counter = take(counters, key, &layout);
		assert_exactly(counters, counter, 0);
		assert_int_equal(counter_value(counters, counter, 1, NULL), 0);
		assert_int_equal(*counter_untold(counter), 0);
		assert_remembers(counters, counter, 0, 0);
		see(counters, counter, START, 0, key % 100);
		counter_add(counters, counter, 1, START, 1 + key);
		*counter_untold(counter) = key + 1;
		for (uint64_t number = 0; number < key % 7; number++)
			remember(counters, counter, number);
	}
	assert_int_equal(counters_totals(counters).forgotten, 998);
	assert_int_equal(counters_totals(counters).sketches_missed, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_with_a_half_in_common),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_estimates),
		cmocka_unit_test(test_withdraw),
		cmocka_unit_test(test_the_longest_quiet_leaves),
		cmocka_unit_test(test_other_records_run_out),
		cmocka_unit_test(test_an_old_one_grows),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_samples_run_out),
		cmocka_unit_test(test_a_new_key_is_empty),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
