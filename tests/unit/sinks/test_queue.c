// SPDX-License-Identifier: GPL-2.0-only
/* What waits for a sink, and what it gives up. */
#include "sinks/queue.h"
#include "support/test.h"

#include <stdlib.h>

static void push(struct queue *queue, const char *text)
{
	queue_push(queue, text, strlen(text));
}

static void assert_waits(const struct queue *queue, const char *expected)
{
	char all[64] = "";
	size_t bytes = 0;
	size_t records = 0;

	for (const struct queue_record *record = queue->first; record; record = record->next) {
		strncat(all, record->bytes, record->size);
		bytes += record->size;
		records++;
		if (!record->next)
			assert_ptr_equal(queue->last, record);
	}
	assert_string_equal(all, expected);
	assert_int_equal(queue->bytes, bytes);
	assert_int_equal(queue->records, records);
	assert_int_equal(queue_is_empty(queue), records == 0);
}

static void test_order(void **state)
{
	struct queue queue = {.max_records = 3, .max_bytes = 10};

	(void)state;
	assert_waits(&queue, "");
	push(&queue, "a");
	push(&queue, "bb");
	assert_waits(&queue, "abb");
	queue_pop(&queue);
	assert_waits(&queue, "bb");
	queue_pop(&queue);
	assert_waits(&queue, "");
	push(&queue, "c");
	assert_waits(&queue, "c");
	assert_int_equal(queue.dropped, 0);
	queue_drop_all(&queue);
	assert_waits(&queue, "");
	assert_int_equal(queue.dropped, 1);
}

static void test_too_many(void **state)
{
	struct queue queue = {.max_records = 3, .max_bytes = 10};

	(void)state;
	for (char text[] = "a"; text[0] <= 'f'; text[0]++)
		push(&queue, text);
	assert_waits(&queue, "def");
	assert_int_equal(queue.dropped, 3);
	queue_drop_all(&queue);
	assert_int_equal(queue.dropped, 6);
}

static void test_too_large(void **state)
{
	struct queue queue = {.max_records = 9, .max_bytes = 10};

	(void)state;
	push(&queue, "aaaa");
	push(&queue, "bbbb");
	push(&queue, "ccc");
	assert_waits(&queue, "bbbbccc");
	push(&queue, "dddddddddd");
	assert_waits(&queue, "dddddddddd");
	assert_int_equal(queue.dropped, 3);
	push(&queue, "eeeeeeeeeee");
	assert_waits(&queue, "dddddddddd");
	assert_int_equal(queue.dropped, 4);
	queue_drop_all(&queue);
}

/* One that was begun has to be finished: what came next goes, and where there is none, the new one. */
static void test_begun(void **state)
{
	struct queue queue = {.max_records = 3, .max_bytes = 10};

	(void)state;
	push(&queue, "aaa");
	queue.taken = 1;
	push(&queue, "bbb");
	push(&queue, "ccc");
	push(&queue, "ddd");
	assert_waits(&queue, "aaacccddd");
	assert_int_equal(queue.dropped, 1);
	push(&queue, "eeeeeee");
	assert_waits(&queue, "aaaeeeeeee");
	push(&queue, "ffffffff");
	assert_waits(&queue, "aaa");
	assert_int_equal(queue.dropped, 5);
	push(&queue, "g");
	assert_waits(&queue, "aaag");
	queue_pop(&queue);
	assert_int_equal(queue.taken, 0);
	push(&queue, "h");
	assert_waits(&queue, "gh");
	queue_drop_all(&queue);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_begun),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
