// SPDX-License-Identifier: GPL-2.0-only
#include "capture/smtp_body.h"
#include "support/test.h"

#include <stdlib.h>

/* The same in the simplest way: all bytes are there, and looked at from the start. */
struct naive {
	size_t end; /* behind the end mark, 0: there is none */
	size_t mark;
	bool has_mark;
	bool is_at_mark;
	bool is_passed;
};

static bool is_line_end(uint8_t byte)
{
	return byte == '\r' || byte == '\n';
}

static bool ends_line(const uint8_t *bytes, size_t size)
{
	return size == 0 || is_line_end(bytes[size - 1]);
}

static bool ends_strictly(const uint8_t *bytes, size_t size)
{
	return size == 0 || (size >= 2 && bytes[size - 2] == '\r' && bytes[size - 1] == '\n');
}

static struct naive look(const uint8_t *bytes, size_t size)
{
	struct naive naive = {.end = 0};
	size_t mark_end = 0;

	for (size_t i = 0; i + 1 < size; i++) {
		if (bytes[i] != '.' || !ends_line(bytes, i) || !is_line_end(bytes[i + 1]))
			continue;
		if (!naive.has_mark)
			naive.mark = i;
		naive.is_passed = naive.is_passed || naive.has_mark;
		naive.has_mark = true;
		mark_end = i + 2 + (bytes[i + 1] == '\r' && i + 2 < size && bytes[i + 2] == '\n');
		if (ends_strictly(bytes, i) && mark_end == i + 3) {
			naive.end = mark_end;
			return naive;
		}
	}
	naive.is_at_mark = naive.has_mark && mark_end == size;
	naive.is_passed = naive.is_passed || (naive.has_mark && !naive.is_at_mark);
	return naive;
}

static void check(const uint8_t *bytes, size_t size, size_t piece)
{
	struct naive naive = look(bytes, size);
	struct smtp_body body;
	size_t used = 0;

	smtp_body_begin(&body);
	for (size_t taken = 1; used < size && !smtp_body_is_at_end(&body); used += taken) {
		size_t left = size - used < piece ? size - used : piece;

		taken = smtp_body_read(&body, bytes + used, left);
		assert_in_range(taken, 1, left);
		assert_true(taken == left || smtp_body_is_at_end(&body));
	}
	assert_int_equal(smtp_body_is_at_end(&body), naive.end > 0);
	if (naive.end > 0) {
		assert_int_equal(used, naive.end);
		assert_int_equal(body.bytes, naive.end - 3);
		return;
	}
	assert_int_equal(body.bytes, size);
	assert_int_equal(smtp_body_is_at_mark(&body), naive.is_at_mark);
	assert_int_equal(body.is_passed, naive.is_passed);
	assert_int_equal(body.has_mark, naive.has_mark);
	if (naive.has_mark)
		assert_int_equal(body.marked, naive.mark);
	if (size == 0 || bytes[size - 1] != '\r')
		assert_int_equal(smtp_body_is_at_line_start(&body), size == 0 || bytes[size - 1] == '\n');
}

/* All texts of these four letters up to a length that has room for two marks. */
static void test_all_texts(void **state)
{
	static const uint8_t letters[] = {'\r', '\n', '.', 'x'};

	(void)state;
	for (size_t size = 0; size <= 9; size++) {
		for (size_t number = 0; number < (size_t)1 << 2 * size; number++) {
			uint8_t bytes[9];

			for (size_t i = 0; i < size; i++)
				bytes[i] = letters[number >> 2 * i & 3];
			check(bytes, size, 1);
			check(bytes, size, 3);
			check(bytes, size, sizeof(bytes));
		}
	}
}

static void test_long_texts(void **state)
{
	static const char letters[] = "\r\n.xxxxx\r\n\r\n";
	unsigned int seed = 20260725;

	(void)state;
	for (unsigned int round = 0; round < 2000; round++) {
		uint8_t bytes[500];

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
		check(bytes, sizeof(bytes), 1 + (size_t)rand_r(&seed) % 100);
	}
}

static void test_lines(void **state)
{
	struct smtp_body body;

	(void)state;
	smtp_body_begin(&body);
	smtp_body_read(&body, (const uint8_t *)"a\nb\r\n\nc", 7);
	assert_int_equal(body.lines, 3);
	body.is_asked = true;
	smtp_body_read(&body, (const uint8_t *)"\n\n", 2);
	assert_int_equal(body.lines, 3);
}

/* A mark across bytes that are missing is none. */
static void test_skip(void **state)
{
	struct smtp_body body;

	(void)state;
	smtp_body_begin(&body);
	smtp_body_read(&body, (const uint8_t *)"a\r\n.", 4);
	smtp_body_skip(&body, 10);
	assert_true(body.is_torn);
	assert_int_equal(smtp_body_read(&body, (const uint8_t *)"\r\nQUIT\r\n", 8), 8);
	assert_false(smtp_body_is_at_end(&body));
	assert_int_equal(smtp_body_read(&body, (const uint8_t *)".\r\nQUIT\r\n", 9), 3);
	assert_true(smtp_body_is_at_end(&body));
	assert_int_equal(body.bytes, 22);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_texts),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_skip),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smtp_body", tests, NULL, NULL);
}
