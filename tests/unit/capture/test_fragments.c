// SPDX-License-Identifier: GPL-2.0-only
#include "capture/fragments.h"

#include "capture/frame_builder.h"
#include "lib/clock.h"

#include <errno.h>

#define SECOND NANOSECONDS_A_SECOND
#define INTERFACE 7

static uint8_t pattern[65536];

static int make_pattern(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 256);
	return 0;
}

/* Bytes [offset, end) of the pattern, `protocol` as the first fragment says it. */
static struct datagram fragment(uint32_t identification, uint32_t offset, uint32_t end, bool has_more)
{
	return (struct datagram){
		.source = address_of(CLIENT_IPV6),
		.destination = address_of(SERVER_IPV6),
		.payload = {pattern + offset, end - offset, end - offset},
		.protocol = offset == 0 ? IPPROTO_TCP : IPPROTO_DSTOPTS,
		.is_ipv6 = true,
		.is_fragment = true,
		.has_more = has_more,
		.offset = offset,
		.identification = identification,
	};
}

static int take(struct fragments *fragments, uint64_t seconds, struct datagram datagram)
{
	return fragments_take(fragments, seconds * SECOND, INTERFACE, &datagram);
}

/* The one that completes a datagram of `size` bytes. */
static void take_last(struct fragments *fragments, uint64_t seconds, struct datagram datagram, size_t size)
{
	assert_int_equal(fragments_take(fragments, seconds * SECOND, INTERFACE, &datagram), 0);
	assert_false(datagram.is_fragment);
	assert_int_equal(datagram.protocol, IPPROTO_TCP);
	assert_int_equal(datagram.payload.size, size);
	assert_int_equal(datagram.payload.length, size);
	assert_memory_equal(datagram.payload.bytes, pattern, size);
}

static void test_in_any_order(void **state)
{
	static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		const struct datagram parts[] = {
			fragment(1, 0, 1448, true),
			fragment(1, 1448, 2896, true),
			fragment(1, 2896, 3003, false),
		};

		assert_int_equal(take(fragments, 5, parts[orders[i][0]]), -EAGAIN);
		assert_int_equal(take(fragments, 5, parts[orders[i][1]]), -EAGAIN);
		take_last(fragments, 5, parts[orders[i][2]], 3003);
	}
}

static void test_largest(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	for (uint32_t offset = 0; offset + 1448 < 65535; offset += 1448)
		assert_int_equal(take(fragments, 0, fragment(1, offset, offset + 1448, true)), -EAGAIN);
	take_last(fragments, 0, fragment(1, 65535 / 1448 * 1448, 65535, false), 65535);
}

static void test_malformed(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();
	struct datagram too_far = fragment(3, 65528, 65535, false);

	(void)state;
	assert_int_equal(take(fragments, 0, fragment(1, 0, 1447, true)), -EBADMSG);
	assert_int_equal(take(fragments, 0, fragment(2, 8, 8, false)), -EBADMSG);
	too_far.payload.length = 8;
	assert_int_equal(take(fragments, 0, too_far), -EBADMSG);
	too_far.payload.length = SIZE_MAX;
	assert_int_equal(take(fragments, 0, too_far), -EBADMSG);
	/* They leave no trace. */
	assert_int_equal(take(fragments, 0, fragment(1, 0, 1440, true)), -EAGAIN);
	take_last(fragments, 0, fragment(1, 1440, 1447, false), 1447);
}

/* What makes a datagram another one; the protocol of a later IPv6 fragment does not. */
static void test_keys(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();
	const struct datagram last = fragment(1, 8, 16, false);
	struct datagram others[5] = {last, last, last, last, last};

	(void)state;
	others[0].identification = 2;
	others[1].source.bytes[15]++;
	others[2].destination.bytes[0]++;
	others[4].is_ipv6 = false;
	assert_int_equal(take(fragments, 0, fragment(1, 0, 8, true)), -EAGAIN);
	assert_int_equal(fragments_take(fragments, 0, INTERFACE, &others[0]), -EAGAIN);
	assert_int_equal(fragments_take(fragments, 0, INTERFACE, &others[1]), -EAGAIN);
	assert_int_equal(fragments_take(fragments, 0, INTERFACE, &others[2]), -EAGAIN);
	assert_int_equal(fragments_take(fragments, 0, INTERFACE + 1, &others[3]), -EAGAIN);
	assert_int_equal(fragments_take(fragments, 0, INTERFACE, &others[4]), -EAGAIN);
	take_last(fragments, 0, last, 16);
}

static void test_seen_twice(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(fragments, 0, fragment(1, 8, 16, true)), -EAGAIN);
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(fragments, 0, fragment(1, 16, 20, false)), -EAGAIN);
	take_last(fragments, 0, fragment(1, 0, 8, true), 20);
}

/* Each of these on top of bytes 8 to 24 and 32 to 40, of which more is to come or not. */
static void test_overlaps(void **state)
{
	static const struct {
		uint32_t offset, end;
		bool has_more;
	} cases[] = {
		{8, 16, true},  {16, 24, true}, {0, 16, true},
		{16, 32, true}, {0, 32, true},  {24, 40, true},
		{32, 64, true}, {8, 24, false}, {24, 32, false} /* ends before what is there */,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

		assert_int_equal(take(fragments, 0, fragment(1, 8, 24, true)), -EAGAIN);
		assert_int_equal(take(fragments, 0, fragment(1, 32, 40, true)), -EAGAIN);
		int expected = cases[i].offset == 8 && cases[i].end == 24 ? -EAGAIN : -EBADMSG;
		assert_int_equal(take(fragments, 0, fragment(1, cases[i].offset, cases[i].end, cases[i].has_more)),
				 expected);
		if (expected == -EAGAIN)
			continue;
		/* What would have completed it is dropped with it, until its time is over. */
		assert_int_equal(take(fragments, 1, fragment(1, 0, 8, true)), -EBADMSG);
		assert_int_equal(take(fragments, 30, fragment(1, 40, 48, false)), -EBADMSG);
		assert_int_equal(take(fragments, 31, fragment(1, 0, 8, true)), -EAGAIN);
		take_last(fragments, 31, fragment(1, 8, 16, false), 16);
	}
}

/* The same place with other bytes. */
static void test_rewritten(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();
	struct datagram other = fragment(1, 8, 16, true);

	(void)state;
	other.payload.bytes = (const uint8_t *)"EVIL HELO";
	assert_int_equal(take(fragments, 0, fragment(1, 8, 16, true)), -EAGAIN);
	assert_int_equal(take(fragments, 0, other), -EBADMSG);
	assert_int_equal(take(fragments, 0, fragment(1, 0, 8, true)), -EBADMSG);
}

static void test_two_ends(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	assert_int_equal(take(fragments, 0, fragment(1, 32, 40, false)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(1, 16, 24, false)), -EBADMSG);
	assert_int_equal(take(fragments, 0, fragment(2, 32, 40, false)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(2, 40, 48, true)), -EBADMSG);
	assert_int_equal(take(fragments, 0, fragment(3, 32, 40, false)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(3, 40, 48, false)), -EBADMSG);
}

static void test_too_late(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	assert_int_equal(take(fragments, 100, fragment(1, 0, 8, true)), -EAGAIN);
	take_last(fragments, 130, fragment(1, 8, 16, false), 16);
	assert_int_equal(take(fragments, 100, fragment(1, 0, 8, true)), -EAGAIN);
	assert_int_equal(take(fragments, 131, fragment(1, 8, 16, false)), -EAGAIN);
	/* Times that go back a little are a file's; those that go back far are another day's. */
	take_last(fragments, 120, fragment(1, 0, 8, true), 16);
	assert_int_equal(take(fragments, 200, fragment(1, 0, 8, true)), -EAGAIN);
	assert_int_equal(take(fragments, 100, fragment(1, 8, 16, false)), -EAGAIN);
}

/* One that is younger by its place, and older by its time. */
static void test_too_late_out_of_order(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	assert_int_equal(take(fragments, 120, fragment(1, 0, 8, true)), -EAGAIN);
	assert_int_equal(take(fragments, 100, fragment(2, 0, 8, true)), -EAGAIN);
	assert_int_equal(take(fragments, 135, fragment(2, 8, 16, false)), -EAGAIN);
	take_last(fragments, 135, fragment(1, 8, 16, false), 16);
}

/* Where one was not captured to its end, what follows is missing too. */
static void test_cut(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();
	struct datagram cut = fragment(1, 16, 32, true);
	struct datagram last = fragment(1, 32, 40, false);

	(void)state;
	cut.payload.size = 5;
	assert_int_equal(take(fragments, 0, fragment(1, 0, 16, true)), -EAGAIN);
	assert_int_equal(take(fragments, 0, cut), -EAGAIN);
	assert_int_equal(fragments_take(fragments, 0, INTERFACE, &last), 0);
	assert_int_equal(last.payload.size, 21);
	assert_int_equal(last.payload.length, 40);
	assert_memory_equal(last.payload.bytes, pattern, 21);
}

/* A flood pushes out what began first, and only that. */
static void test_many(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	for (uint32_t i = 0; i < 65; i++)
		assert_int_equal(take(fragments, 0, fragment(i, 0, 8, true)), -EAGAIN);
	for (uint32_t i = 64; i > 0; i--)
		take_last(fragments, 0, fragment(i, 8, 16, false), 16);
	assert_int_equal(take(fragments, 0, fragment(0, 8, 16, false)), -EAGAIN);
}

static void test_large(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();
	uint32_t kept = 0;

	(void)state;
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(take(fragments, 0, fragment(i, 0, 65528, true)), -EAGAIN);
	for (uint32_t i = 40; i-- > 0;) {
		struct datagram last = fragment(i, 65528, 65535, false);
		if (fragments_take(fragments, 0, INTERFACE, &last))
			break;
		kept++;
	}
	/* 1 MiB is 16 times 64 KiB, less what is needed besides. */
	assert_in_range(kept, 15, 16);
}

/* The one that grows is not the one that is given up, however old it is. */
static void test_room_for_the_oldest(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	assert_int_equal(take(fragments, 0, fragment(0, 0, 8, true)), -EAGAIN);
	for (uint32_t i = 1; i < 16; i++)
		assert_int_equal(take(fragments, 0, fragment(i, 0, 65528, true)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(16, 0, 65000, true)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(0, 8, 65528, true)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(1, 65528, 65535, false)), -EAGAIN);
	take_last(fragments, 0, fragment(2, 65528, 65535, false), 65535);
	take_last(fragments, 0, fragment(0, 65528, 65535, false), 65535);
}

/* What was dropped is not counted any more when its time is over. */
static void test_room_after_a_drop(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	assert_int_equal(take(fragments, 0, fragment(1, 0, 1600, true)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(1, 8, 16, true)), -EBADMSG);
	assert_int_equal(take(fragments, 31, fragment(2, 0, 8, true)), -EAGAIN);
	assert_int_equal(take(fragments, 31, fragment(3, 0, 8, true)), -EAGAIN);
	take_last(fragments, 31, fragment(2, 8, 16, false), 16);
	take_last(fragments, 31, fragment(3, 8, 16, false), 16);
}

static void test_tiny(void **state)
{
	_cleanup_(cleanup_fragments_free) struct fragments *fragments = fragments_new();

	(void)state;
	for (uint32_t i = 0; i < 128; i++)
		assert_int_equal(take(fragments, 0, fragment(1, i * 8, i * 8 + 8, true)), -EAGAIN);
	assert_int_equal(take(fragments, 0, fragment(1, 128 * 8, 128 * 8 + 1, false)), -EBADMSG);
	for (uint32_t i = 127; i > 0; i--)
		assert_int_equal(take(fragments, 0, fragment(2, i * 8, i * 8 + 8, i < 127)), -EAGAIN);
	take_last(fragments, 0, fragment(2, 0, 8, true), 1024);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_any_order),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_seen_twice),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_rewritten),
		cmocka_unit_test(test_two_ends),
		cmocka_unit_test(test_too_late),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_tiny),
		cmocka_unit_test(test_too_late_out_of_order),
		cmocka_unit_test(test_room_for_the_oldest),
		cmocka_unit_test(test_room_after_a_drop),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fragments", tests, make_pattern, NULL);
}
