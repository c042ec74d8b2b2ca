// SPDX-License-Identifier: GPL-2.0-only
#include "capture/kept_packets.h"
#include "lib/clock.h"
#include "support/test.h"

#define PACKET_SIZE 1000

struct taken {
	size_t count;
	size_t bytes;
	uint64_t wire_id;
	uint8_t last; /* first byte of the latest */
};

static void take(void *context, uint64_t wire_id, const struct frame *frame)
{
	struct taken *taken = context;

	taken->count++;
	taken->bytes += frame->size;
	taken->wire_id = wire_id;
	taken->last = frame->bytes[0];
}

static void add(struct kept_packets *kept, uint64_t wire_id, uint8_t first, uint64_t wall_ns)
{
	uint8_t bytes[PACKET_SIZE] = {first};
	const struct frame frame = {.wall_ns = wall_ns, .bytes = bytes, .size = sizeof(bytes), .length = sizeof(bytes)};

	kept_packets_add(kept, wire_id, &frame);
	memset(bytes, 0xff, sizeof(bytes)); /* what is kept is a copy */
}

static void test_wanted_later(void **state)
{
	struct taken taken = {0};
	_cleanup_(cleanup_kept_packets_free) struct kept_packets *kept = kept_packets_new(take, &taken);

	(void)state;
	add(kept, 1, 10, 1);
	add(kept, 2, 20, 1);
	add(kept, 1, 11, 2);
	assert_int_equal(taken.count, 0);
	kept_packets_want(kept, 1);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.wire_id, 1);
	assert_int_equal(taken.last, 11);
	add(kept, 1, 12, 3);
	assert_int_equal(taken.count, 3);
	assert_int_equal(taken.last, 12);
	kept_packets_want(kept, 1); /* once */
	kept_packets_want(kept, 9);
	assert_int_equal(taken.count, 3);
}

static void test_after_the_end(void **state)
{
	struct taken taken = {0};
	_cleanup_(cleanup_kept_packets_free) struct kept_packets *kept = kept_packets_new(take, &taken);

	(void)state;
	add(kept, 1, 10, NANOSECONDS_A_SECOND);
	add(kept, 2, 20, NANOSECONDS_A_SECOND);
	add(kept, 3, 30, NANOSECONDS_A_SECOND);
	kept_packets_close(kept, 1);
	kept_packets_close(kept, 2);
	kept_packets_tick(kept, 5 * NANOSECONDS_A_SECOND);
	kept_packets_want(kept, 1);
	assert_int_equal(taken.count, 1);
	kept_packets_tick(kept, 60 * NANOSECONDS_A_SECOND);
	kept_packets_want(kept, 2);
	assert_int_equal(taken.count, 1); /* too late */
	kept_packets_want(kept, 3);
	assert_int_equal(taken.count, 2); /* still open */
}

static void test_bound_of_a_connection(void **state)
{
	struct taken taken = {0};
	_cleanup_(cleanup_kept_packets_free) struct kept_packets *kept = kept_packets_new(take, &taken);

	(void)state;
	for (int i = 0; i < 1000; i++)
		add(kept, 1, (uint8_t)i, 1);
	kept_packets_want(kept, 1);
	assert_in_range(taken.bytes, KEPT_OF_CONNECTION / 2, KEPT_OF_CONNECTION);
	for (int i = 0; i < 1000; i++)
		add(kept, 1, (uint8_t)i, 1);
	assert_in_range(taken.bytes, KEPT_OF_CONNECTION / 2, KEPT_OF_CONNECTION);
}

static void test_bound_in_all(void **state)
{
	struct taken taken = {0};
	_cleanup_(cleanup_kept_packets_free) struct kept_packets *kept = kept_packets_new(take, &taken);
	size_t connections = KEPT_IN_ALL / PACKET_SIZE + 100;

	(void)state;
	for (uint64_t i = 1; i <= connections; i++)
		add(kept, i, 1, i);
	kept_packets_want(kept, 1);
	assert_int_equal(taken.count, 0); /* given up */
	for (uint64_t i = 1; i <= connections; i++)
		kept_packets_want(kept, i);
	assert_in_range(taken.bytes, KEPT_IN_ALL / 2, KEPT_IN_ALL);
	add(kept, connections + 1, 7, 1); /* what was handed out makes room */
	kept_packets_want(kept, connections + 1);
	assert_int_equal(taken.last, 7);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted_later),
		cmocka_unit_test(test_after_the_end),
		cmocka_unit_test(test_bound_of_a_connection),
		cmocka_unit_test(test_bound_in_all),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("kept_packets", tests, NULL, NULL);
}
