// SPDX-License-Identifier: GPL-2.0-only
/* Counters over a restart: they go on as if there had been none. */
#include "rules/counters_keep.h"

#include "rules/event_times.h"
#include "support/kept.h"
#include "support/observations.h"

#define WINDOW 600000000000ULL
#define START (100000 * 1000000000ULL)
#define STEP 7000000000ULL
#define KEYS 5

static const struct counter_layout layout = {
	.slots = {{COUNTER_RATE, WINDOW}, {COUNTER_DISTINCT, WINDOW}, {COUNTER_RATE, WINDOW / 10}},
	.slot_count = 3,
};

struct reading {
	struct counters *counters;
	uint64_t now_ns;
};

static struct fingerprint key_of(uint64_t number)
{
	return (struct fingerprint){.low = spread(number), .high = spread(~number)};
}

static int take(void *context, struct keep_line *line)
{
	const struct reading *reading = context;
	return counters_restore(reading->counters, line, reading->now_ns);
}

static char *write_counters(const struct counters *counters, uint64_t now_ns, size_t *ret_size)
{
	char *text = NULL;
	FILE *stream = open_memstream(&text, ret_size);

	counters_keep(counters, stream, now_ns);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static struct counters *restarted(struct counters *counters, uint64_t now_ns)
{
	struct reading reading = {.counters = counters_new(100), .now_ns = now_ns};
	size_t size;
	char *text = write_counters(counters, now_ns, &size);

	assert_non_null(reading.counters);
	assert_int_equal(kept_take(text, size, take, &reading), 0);
	counters_free(counters);
	free(text);
	return reading.counters;
}

/* Key 0 sees few values, the others up to hundreds. */
static void step(struct counters *counters, uint64_t number, uint64_t time_ns)
{
	const struct endpoint remote = endpoint_at("203.0.113.25", 25);

	for (uint64_t key = 0; key < KEYS; key++) {
		const struct fingerprint print = key_of(key);
		struct counter *counter = counters_take(counters, &print, &layout);
		counter_add(counters, counter, 0, time_ns, 1 + key);
		counter_add(counters, counter, 2, time_ns, 1);
		counter_see(counters, counter, 1, time_ns, spread(key == 0 ? number % 3 : number * key / 2));
		for (uint64_t i = 0; key > 2 && i < 4; i++)
			counter_see(counters, counter, 1, time_ns, spread(number * 1000 + i));
		*counter_untold(counter) += 1;
		*counter_latest_ns(counter) = time_ns;
		counter_remember(counters, counter, time_ns, &remote, key == 1 ? "a \xff" : NULL);
	}
}

static void assert_same(const struct counters *left, const struct counters *right)
{
	for (uint64_t key = 0; key < KEYS; key++) {
		const struct fingerprint print = key_of(key);
		struct counter *one = counters_find(left, &print);
		struct counter *other = counters_find(right, &print);
		struct alert_sample samples[2][COUNTER_SAMPLES];
		bool estimated[2];
		assert_non_null(one);
		assert_non_null(other);
		for (size_t slot = 0; slot < layout.slot_count; slot++) {
			assert_int_equal(counter_value(left, one, slot, &estimated[0]),
					 counter_value(right, other, slot, &estimated[1]));
			assert_int_equal(estimated[0], estimated[1]);
		}
		assert_int_equal(*counter_untold(one), *counter_untold(other));
		assert_int_equal(*counter_latest_ns(one), *counter_latest_ns(other));
		size_t count = counter_samples(left, one, samples[0]);
		assert_int_equal(count, counter_samples(right, other, samples[1]));
		assert_memory_equal(samples[0], samples[1], count * sizeof(samples[0][0]));
	}
}

static void test_go_on(void **state)
{
	struct counters *whole = counters_new(100);
	struct counters *broken = counters_new(100);

	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		const uint64_t time_ns = START + i * STEP;
		if (i % 9 == 4)
			broken = restarted(broken, time_ns);
		step(whole, i, time_ns);
		step(broken, i, time_ns);
		assert_same(whole, broken);
	}
	counters_free(whole);
	counters_free(broken);
}

static void test_passed_is_left_out(void **state)
{
	struct counters *counters = counters_new(100);
	size_t size;

	(void)state;
	step(counters, 1, START);
	char *text = write_counters(counters, START + WINDOW, &size);
	assert_true(size > 0);
	free(text);
	text = write_counters(counters, START + 3 * WINDOW, &size);
	assert_int_equal(size, 0);
	free(text);
	counters_free(counters);
}

/* A rule that counts otherwise by then begins anew; until somebody takes it, nobody finds it. */
static void test_other_layout(void **state)
{
	static const struct counter_layout other = {.slots = {{COUNTER_DISTINCT, WINDOW}}, .slot_count = 1};
	struct counters *counters = counters_new(100);
	const struct fingerprint print = key_of(3);

	(void)state;
	step(counters, 1, START);
	counters = restarted(counters, START);
	assert_null(counters_find(counters, &print));
	struct counter *counter = counters_take(counters, &print, &other);
	assert_int_equal(counter_value(counters, counter, 0, NULL), 0);
	counter_see(counters, counter, 0, START, 5);
	assert_int_equal(counter_value(counters, counter, 0, NULL), 1);
	assert_int_equal(counters_totals(counters).keys, KEYS);
	counters_free(counters);
}

static void test_broken(void **state)
{
	struct counters *counters = counters_new(100);
	size_t size;

	(void)state;
	for (uint64_t i = 0; i < 60; i++)
		step(counters, i, START + i);
	char *text = write_counters(counters, START + 60, &size);
	for (size_t i = 0; i < 2 * size; i += 1 + i % 3) {
		struct reading reading = {.counters = counters_new(4), .now_ns = START + 60};
		char *copy = malloc(size);
		memcpy(copy, text, size);
		if (i >= size)
			copy[i - size] = (char)(copy[i - size] == '9' ? ',' : '9');
		kept_take(copy, i < size ? i : size, take, &reading);
		for (uint64_t j = 61; j < 64; j++)
			step(reading.counters, j, START + j);
		counters_free(reading.counters);
		free(copy);
	}
	free(text);
	counters_free(counters);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go_on),
		cmocka_unit_test(test_passed_is_left_out),
		cmocka_unit_test(test_other_layout),
		cmocka_unit_test(test_broken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
