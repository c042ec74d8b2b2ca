// SPDX-License-Identifier: GPL-2.0-only
#include "lib/pool.h"

#include "support/test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define SIZE 24

static bool is_zero(const uint8_t *bytes)
{
	for (size_t i = 0; i < SIZE; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void test_empty(void **state)
{
	struct pool pool = {.records = NULL};

	(void)state;
	assert_int_equal(pool_take(&pool), 0);
	assert_int_equal(pool_left(&pool), 0);
	pool_release(&pool);
	assert_int_equal(pool_make(&pool, SIZE, 0), 0);
	assert_int_equal(pool_take(&pool), 0);
	pool_release(&pool);
	assert_int_equal(pool_make(&pool, SIZE_MAX / 4, 2), -ENOMEM);
	assert_null(pool.records);
}

static void test_numbers_come_again(void **state)
{
	struct pool pool = {.records = NULL};

	(void)state;
	assert_int_equal(pool_make(&pool, SIZE, 3), 0);
	assert_int_equal(pool_take(&pool), 1);
	assert_int_equal(pool_take(&pool), 2);
	assert_int_equal(pool_left(&pool), 1);
	pool_give_back(&pool, 1);
	pool_give_back(&pool, 2);
	assert_int_equal(pool_left(&pool), 3);
	assert_int_equal(pool_take(&pool), 2);
	assert_int_equal(pool_take(&pool), 1);
	assert_int_equal(pool_take(&pool), 3);
	assert_int_equal(pool_left(&pool), 0);
	assert_int_equal(pool_take(&pool), 0);
	assert_int_equal(pool_take(&pool), 0);
	pool_give_back(&pool, 3);
	assert_int_equal(pool_take(&pool), 3);
	pool_release(&pool);
	assert_int_equal(pool_left(&pool), 0);
}

/* A record is zero when it is taken, and nobody else's until it is given back. */
static void test_against_naive_model(void **state)
{
	enum { CAPACITY = 50 };
	bool used[CAPACITY + 1] = {false};
	struct pool pool = {.records = NULL};
	unsigned int seed = 20260725;
	size_t count = 0;
	size_t refused = 0;

	(void)state;
	assert_int_equal(pool_make(&pool, SIZE, CAPACITY), 0);
	for (int i = 0; i < 20000; i++) {
		uint32_t any = (uint32_t)rand_r(&seed) % CAPACITY + 1;
		if (rand_r(&seed) % 8 < (i / 500 % 2 ? 3 : 6)) {
			uint32_t number = pool_take(&pool);
			assert_int_equal(number != 0, count < CAPACITY);
			refused += number == 0;
			if (number == 0)
				continue;
			assert_in_range(number, 1, CAPACITY);
			assert_false(used[number]);
			assert_true(is_zero(pool_at(&pool, number)));
			memset(pool_at(&pool, number), (int)number, SIZE);
			used[number] = true;
			count++;
		} else if (used[any]) {
			for (size_t j = 0; j < SIZE; j++)
				assert_int_equal(((uint8_t *)pool_at(&pool, any))[j], any);
			pool_give_back(&pool, any);
			used[any] = false;
			count--;
		}
		assert_int_equal(pool_left(&pool), CAPACITY - count);
	}
	assert_in_range(refused, 1, 19999);
	pool_release(&pool);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_numbers_come_again),
		cmocka_unit_test(test_against_naive_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
