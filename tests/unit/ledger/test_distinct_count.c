// SPDX-License-Identifier: GPL-2.0-only
#include "ledger/distinct_count.h"

#include "lib/fingerprint.h"
#include "support/test.h"

#define STANDARD_ERROR 0.065

static uint64_t spread(uint64_t number)
{
	struct fingerprint fingerprint = fingerprint_begin();

	fingerprint_add_number(&fingerprint, number);
	return fingerprint.low;
}

static void test_few_are_exact(void **state)
{
	struct distinct_count distinct = {.count = 0};

	(void)state;
	for (uint64_t value = 0; value < DISTINCT_COUNT_EXACT_MAX; value++) {
		assert_true(distinct_count_see(&distinct, spread(value)));
		for (uint64_t old = 0; old <= value; old++)
			assert_false(distinct_count_see(&distinct, spread(old)));
		assert_int_equal(distinct.count, value + 1);
		assert_false(distinct.is_estimate);
	}
	assert_true(distinct_count_see(&distinct, spread(DISTINCT_COUNT_EXACT_MAX)));
	assert_true(distinct.is_estimate);
	assert_true(distinct.count > DISTINCT_COUNT_EXACT_MAX);
	distinct_count_clear(&distinct);
	assert_int_equal(distinct.count, 0);
	assert_true(distinct_count_see(&distinct, 0)); /* is a value too */
	assert_int_equal(distinct.count, 1);
}

/* All within 4 standard errors, and in the mean not far beside. It never goes down. */
static void test_error(void **state)
{
	static const uint64_t sizes[] = {40, 100, 300, 700, 1500, 10000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const size_t runs = 200;
		double sum = 0;
		for (uint64_t run = 0; run < runs; run++) {
			struct distinct_count distinct = {.count = 0};
			uint32_t before = 0;
			for (uint64_t value = 0; value < sizes[i]; value++) {
				distinct_count_see(&distinct, spread(run << 32 | value));
				assert_true(distinct.count >= before);
				before = distinct.count;
			}
			double error = distinct.count / (double)sizes[i] - 1;
			assert_true(error * error < 16 * STANDARD_ERROR * STANDARD_ERROR);
			sum += error;
			distinct_count_clear(&distinct);
		}
		assert_true(sum / (double)runs > -0.03 && sum / (double)runs < 0.03);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_are_exact),
		cmocka_unit_test(test_error),
	};

	fingerprint_repeat(); /* of other values the error is another one */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("distinct_count", tests, NULL, NULL);
}
