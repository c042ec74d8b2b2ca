// SPDX-License-Identifier: GPL-2.0-only
#include "capture/smtp_queue.h"
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>

/* Kinds that never join: each of them is a run. */
static int push(struct smtp_queue *queue, unsigned int number)
{
	return smtp_queue_push(queue, number % 2 ? SMTP_AWAITED_MESSAGE : SMTP_AWAITED_LAST_CHUNK, 1, number);
}

static void test_runs(void **state)
{
	struct smtp_queue queue = {.many = NULL};

	(void)state;
	assert_null(smtp_queue_head(&queue));
	assert_int_equal(smtp_queue_push(&queue, SMTP_AWAITED_MAIL, 1, 0), 0);
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(smtp_queue_push(&queue, SMTP_AWAITED_RCPT, 1, 0), 0);
	assert_int_equal(smtp_queue_push(&queue, SMTP_AWAITED_MESSAGE, 7, 70), 0);
	assert_int_equal(smtp_queue_push(&queue, SMTP_AWAITED_MESSAGE, 8, 80), 0);
	assert_null(queue.many);
	assert_int_equal(smtp_queue_head(&queue)->awaited, SMTP_AWAITED_MAIL);
	smtp_queue_pop(&queue);
	for (unsigned int i = 0; i < 1000; i++) {
		assert_int_equal(smtp_queue_head(&queue)->awaited, SMTP_AWAITED_RCPT);
		smtp_queue_pop(&queue);
	}
	assert_int_equal(smtp_queue_head(&queue)->bytes, 70);
	smtp_queue_pop(&queue);
	assert_int_equal(smtp_queue_head(&queue)->bytes, 80);
	smtp_queue_pop(&queue);
	assert_null(smtp_queue_head(&queue));
}

static void test_counts_are_bounded(void **state)
{
	struct smtp_queue queue = {.many = NULL};

	(void)state;
	assert_int_equal(smtp_queue_push(&queue, SMTP_AWAITED_UNKNOWN, UINT32_MAX, 0), 0);
	assert_int_equal(smtp_queue_push(&queue, SMTP_AWAITED_UNKNOWN, 1, 0), -ENOSPC);
	smtp_queue_clear(&queue);
}

/* In order however often it goes around, and grows on the way. */
static void test_order(void **state)
{
	struct smtp_queue queue = {.many = NULL};
	unsigned int seed = 7;
	unsigned int first = 0;
	unsigned int next = 0;

	(void)state;
	for (unsigned int round = 0; round < 100000; round++) {
		if (rand_r(&seed) % 100 < (round / 5000 % 2 ? 40 : 60)) {
			int error = push(&queue, next);

			assert_int_equal(error, next - first == SMTP_QUEUE_MAX ? -ENOSPC : 0);
			next += error == 0;
		} else if (first < next) {
			assert_int_equal(smtp_queue_head(&queue)->bytes, first++);
			smtp_queue_pop(&queue);
		}
		assert_int_equal(queue.count, next - first);
	}
	smtp_queue_clear(&queue);
	assert_null(smtp_queue_head(&queue));
}

static void test_full(void **state)
{
	struct smtp_queue queue = {.many = NULL};

	(void)state;
	for (unsigned int i = 0; i < SMTP_QUEUE_MAX; i++)
		assert_int_equal(push(&queue, i), 0);
	assert_int_equal(push(&queue, 0), -ENOSPC);
	for (unsigned int i = 0; i < SMTP_QUEUE_MAX; i++) {
		assert_int_equal(smtp_queue_head(&queue)->bytes, i);
		smtp_queue_pop(&queue);
	}
	assert_null(queue.many);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_counts_are_bounded),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_full),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smtp_queue", tests, NULL, NULL);
}
