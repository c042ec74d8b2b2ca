// SPDX-License-Identifier: GPL-2.0-only
#include "rules/sketch.h"

#include "rules/event_times.h"
#include "support/test.h"

#define WINDOW 8000
#define WIDTH (WINDOW / SKETCH_PANES)
#define START 1600000 /* where a pane starts */
#define STANDARD_ERROR 0.065

static void see_many(struct sketch *sketch, uint64_t time_ns, uint64_t first, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		sketch_see(sketch, WINDOW, time_ns, spread(first + i));
}

/* All within 4 standard errors, and in the mean not far beside. */
static void test_error(void **state)
{
	static const uint64_t sizes[] = {33,  50,  100,  200,  350,  500,   600,   640,
					 700, 900, 1500, 3000, 7000, 20000, 50000, 100000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t runs = sizes[i] > 5000 ? 60 : 400;
		double sum = 0;
		double squares = 0;
		for (size_t run = 0; run < runs; run++) {
			struct sketch sketch = {.newest = 0};
			see_many(&sketch, START, (run + 1) << 32, sizes[i]);
			double error = (double)sketch_estimate(&sketch) / (double)sizes[i] - 1;
			assert_true(error * error < 16 * STANDARD_ERROR * STANDARD_ERROR);
			sum += error;
			squares += error * error;
		}
		double mean = sum / (double)runs;
		assert_true(mean > -0.03 && mean < 0.03);
		assert_true(squares / (double)runs < 0.08 * 0.08);
	}
}

static void test_what_was_seen_before_counts_once(void **state)
{
	struct sketch sketch = {.newest = 0};

	(void)state;
	assert_int_equal(sketch_estimate(&sketch), 0);
	see_many(&sketch, START, 0, 1000);
	uint64_t once = sketch_estimate(&sketch);
	for (uint64_t pane = 0; pane < SKETCH_PANES; pane++)
		see_many(&sketch, START + pane * WIDTH, 0, 1000);
	assert_int_equal(sketch_estimate(&sketch), once);
}

static void test_window_slides(void **state)
{
	struct sketch sketch = {.newest = 0};
	struct sketch other = {.newest = 0};

	(void)state;
	see_many(&sketch, START, 0, 500);
	uint64_t few = sketch_estimate(&sketch);
	see_many(&sketch, START + WIDTH, 1000, 5000);
	assert_true(sketch_estimate(&sketch) > 4000);
	sketch_see(&sketch, WINDOW, START + WINDOW, spread(1000));
	see_many(&other, START, 1000, 5000);
	assert_int_equal(sketch_estimate(&sketch), sketch_estimate(&other)); /* the first pane is out */
	see_many(&sketch, START + WINDOW, 0, 500);
	sketch_see(&sketch, WINDOW, START + WINDOW + WIDTH, spread(0));
	sketch_see(&sketch, WINDOW, START + WINDOW + WIDTH, spread(1000));
	assert_in_range(sketch_estimate(&sketch), few, few + 2);
	sketch_see(&sketch, WINDOW, START + 10 * WINDOW, spread(0));
	assert_int_equal(sketch_estimate(&sketch), 1);
	sketch_see(&sketch, WINDOW, UINT64_MAX, spread(1));
	assert_int_equal(sketch_estimate(&sketch), 1);
}

static void test_extreme_values(void **state)
{
	struct sketch sketch = {.newest = 0};

	(void)state;
	for (uint64_t place = 0; place < SKETCH_REGISTERS; place++)
		sketch_see(&sketch, WINDOW, 0, place << 56); /* no bit but those of the place */
	assert_true(sketch_estimate(&sketch) > 1000000000000);
	sketch = (struct sketch){.newest = 0};
	sketch_see(&sketch, WINDOW, 0, UINT64_MAX);
	sketch_see(&sketch, WINDOW, 0, UINT64_MAX >> 8);
	assert_int_equal(sketch_estimate(&sketch), 2);
}

#define EVENTS 600

struct event {
	uint64_t time_ns;
	uint64_t value;
};

/* A sketch of nothing but what lies in the panes of the window. */
static uint64_t naive_estimate(const struct event *events, size_t count, uint64_t window_ns)
{
	struct sketch sketch = {.newest = 0};
	uint64_t newest = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t pane = events[i].time_ns / (window_ns / SKETCH_PANES);
		newest = pane > newest ? pane : newest;
	}
	for (size_t i = 0; i < count; i++)
		if (newest - events[i].time_ns / (window_ns / SKETCH_PANES) < SKETCH_PANES)
			sketch_see(&sketch, window_ns, 0, events[i].value);
	return sketch_estimate(&sketch);
}

/* At any time, in any order and after any gap it says what a new one would say; begun at a time or not. */
static void test_against_a_new_sketch(void **state)
{
	static struct event events[EVENTS];

	(void)state;
	for (size_t i = 0; i < EVENT_WINDOW_COUNT; i++) {
		struct event_times times = {.window_ns = event_windows_ns[i], .seed = (unsigned int)i};
		struct sketch sketch = {.newest = 0};

		times.newest_ns = 3 * times.window_ns;
		sketch_begin(&sketch, times.window_ns, times.newest_ns);
		for (size_t j = 0; j < EVENTS; j++) {
			events[j].time_ns = next_event_time(&times);
			if (j == 0)
				events[j].time_ns = 3 * times.window_ns;
			events[j].value = spread((uint64_t)rand_r(&times.seed) % 5000);
			sketch_see(&sketch, times.window_ns, events[j].time_ns, events[j].value);
			assert_int_equal(sketch_estimate(&sketch), naive_estimate(events, j + 1, times.window_ns));
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_what_was_seen_before_counts_once),
		cmocka_unit_test(test_window_slides),
		cmocka_unit_test(test_extreme_values),
		cmocka_unit_test(test_against_a_new_sketch),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sketch", tests, NULL, NULL);
}
