// SPDX-License-Identifier: GPL-2.0-only
/* How connections begin and end, and what is forgotten. */
#include "stream_watch.h"

static void test_syn_again(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	CLIENT(&watch, TH_SYN, 0, 0, "");
	SERVER(&watch, TH_SYN | TH_ACK, 0, 1, "");
	SERVER(&watch, TH_SYN | TH_ACK, 0, 1, "");
	CLIENT(&watch, TH_SYN, 0, 0, "");
	SERVER(&watch, TH_ACK, 1, 1, "220");
	ASSERT_TOLD(&watch, "+1 !1 S[220]");
	watch_end(&watch);
}

static void test_syn_with_data(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	assert_int_equal(CLIENT(&watch, TH_SYN, 0, 0, "EHLO"), 4);
	SERVER(&watch, TH_SYN | TH_ACK, 0, 1, "22"); /* the data was not taken, and comes again */
	CLIENT(&watch, TH_ACK, 1, 3, "EHLO x");
	SERVER(&watch, TH_ACK, 3, 7, "0");
	ASSERT_TOLD(&watch, "+1 C[EHLO] !1 S[22] C[ x] S[0]");
	watch.client.port++;
	CLIENT(&watch, TH_SYN, 0, 0, "EHLO");
	SERVER(&watch, TH_SYN | TH_ACK, 0, 5, "");
	ASSERT_TOLD(&watch, "+2 C[EHLO] !2");
	watch_end(&watch);
}

static void test_answer_before_syn(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	SERVER(&watch, TH_SYN | TH_ACK, 0, 1, "");
	CLIENT(&watch, TH_SYN, 0, 0, "");
	CLIENT(&watch, TH_ACK, 1, 1, "a");
	SERVER(&watch, TH_ACK, 1, 1, "b");
	ASSERT_TOLD(&watch, "+1 !1 C[a] S[b]");
	watch_end(&watch);
}

/* The handshake's second packet was not seen: the third tells of it. */
static void test_answer_not_seen(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	CLIENT(&watch, TH_ACK, 1, 1, "");
	SERVER(&watch, TH_ACK, 4, 1, "4");
	SERVER(&watch, TH_ACK, 1, 1, "123");
	ASSERT_TOLD(&watch, "+1 !1 S[123] S[4]");
	watch_end(&watch);
}

static void test_from_the_middle(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_ACK, 500, 700, "");
	CLIENT(&watch, TH_ACK | TH_FIN, 500, 700, "");
	CLIENT(&watch, TH_RST, 500, 0, "");
	SERVER(&watch, TH_RST | TH_ACK, 700, 500, "");
	CLIENT(&watch, 0, 500, 0, "no acknowledgement");
	CLIENT(&watch, TH_SYN | TH_FIN, 500, 0, "");
	SERVER(&watch, TH_SYN, 500, 0, "");
	CLIENT(&watch, TH_SYN | TH_ACK, 500, 700, "");
	assert_int_equal(streams_count(watch.streams), 0);
	assert_int_equal(SERVER(&watch, TH_ACK, 700, 500, "250"), 3);
	CLIENT(&watch, TH_ACK, 500, 703, "QUIT");
	ASSERT_TOLD(&watch, "+1m S[250] C[QUIT]");
	watch_end(&watch);
}

static void test_refused(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	SERVER(&watch, TH_RST | TH_ACK, 0, 77, ""); /* of something else */
	SERVER(&watch, TH_RST, 0, 0, "");
	SERVER(&watch, TH_SYN | TH_ACK, 0, 77, "");
	ASSERT_TOLD(&watch, "+1");
	SERVER(&watch, TH_RST | TH_ACK, 0, 1, "");
	SERVER(&watch, TH_RST | TH_ACK, 0, 1, "");
	CLIENT(&watch, TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "-1 refused");
	watch_end(&watch);
}

static void test_reset(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 1, "abc");
	SERVER(&watch, TH_ACK, 3, 4, "cd");
	SERVER(&watch, TH_RST, 100000, 0, "");
	SERVER(&watch, TH_RST, (uint32_t)-10, 0, "");
	CLIENT(&watch, TH_RST, 3, 0, ""); /* before what was acknowledged */
	ASSERT_TOLD(&watch, "C[abc]");
	/* What waited is told before the end. */
	SERVER(&watch, TH_RST | TH_ACK, 5, 4, "payload of an RST");
	ASSERT_TOLD(&watch, "S<2> S[cd] -1 reset");
	/* In flight. */
	CLIENT(&watch, TH_ACK, 4, 1, "def");
	SERVER(&watch, TH_ACK, 1, 1, "ab");
	ASSERT_TOLD(&watch, "");
	watch_end(&watch);
}

/* An RST that its sender does not know of was somebody else's. */
static void test_false_reset(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 1, "abc");
	CLIENT(&watch, TH_RST, 7, 0, "");
	CLIENT(&watch, TH_ACK, 1, 1, "abc");
	CLIENT(&watch, TH_ACK, 4, 1, "def"); /* overtaken */
	ASSERT_TOLD(&watch, "C[abc] -1 reset");
	CLIENT(&watch, TH_ACK, 7, 1, "ghi");
	ASSERT_TOLD(&watch, "+2m C[ghi]");
	watch_end(&watch);
}

static void test_fin_before_data(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 4, 1, "");
	CLIENT(&watch, TH_ACK | TH_FIN, 4, 1, "");
	SERVER(&watch, TH_ACK | TH_FIN, 1, 1, "x");
	CLIENT(&watch, TH_ACK, 1, 3, "abc");
	SERVER(&watch, TH_ACK, 3, 4, "");
	ASSERT_TOLD(&watch, "S[x] C[abc]");
	SERVER(&watch, TH_ACK, 3, 5, "");
	ASSERT_TOLD(&watch, "-1 closed");
	watch_end(&watch);
}

/* Both sides have all, the capture has not. */
static void test_fin_behind_a_hole(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 4, 1, "");
	SERVER(&watch, TH_ACK | TH_FIN, 1, 5, "");
	CLIENT(&watch, TH_ACK, 5, 2, "");
	ASSERT_TOLD(&watch, "");
	pass(&watch, 2);
	ASSERT_TOLD(&watch, "C<3> -1 closed");
	watch_end(&watch);
}

static void test_simultaneous_close(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 1, 1, "");
	SERVER(&watch, TH_ACK | TH_FIN, 1, 1, "");
	SERVER(&watch, TH_ACK, 2, 2, "");
	ASSERT_TOLD(&watch, "");
	CLIENT(&watch, TH_ACK, 2, 2, "");
	ASSERT_TOLD(&watch, "-1 closed");
	/* All that is late, and as often as it wants. */
	for (int i = 0; i < 10; i++) {
		SERVER(&watch, TH_ACK | TH_FIN, 1, 1, "");
		CLIENT(&watch, TH_ACK, 1, 1, "late");
		CLIENT(&watch, TH_SYN, 0, 0, "");
		CLIENT(&watch, TH_RST, 2, 0, "");
		pass(&watch, 10);
	}
	ASSERT_TOLD(&watch, "");
	watch_end(&watch);
}

static void test_half_closed(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 1, 1, "bye");
	SERVER(&watch, TH_ACK, 1, 5, "still");
	pass(&watch, 200);
	SERVER(&watch, TH_ACK, 6, 5, "here");
	pass(&watch, 299);
	ASSERT_TOLD(&watch, "C[bye] S[still] S[here]");
	pass(&watch, 1);
	ASSERT_TOLD(&watch, "-1 silent");
	watch_end(&watch);
}

static void test_last_acknowledgement_not_seen(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 1, 1, "");
	SERVER(&watch, TH_ACK | TH_FIN, 1, 2, "");
	pass(&watch, 300);
	ASSERT_TOLD(&watch, "-1 closed");
	shake_hands(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 1, 1, "");
	SERVER(&watch, TH_ACK | TH_FIN, 1, 2, "");
	CLIENT(&watch, TH_RST, 2, 0, "");
	ASSERT_TOLD(&watch, "-2 closed");
	watch_end(&watch);
}

/* A FIN that its sender does not know of hides nothing. */
static void test_false_fin(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 1, 1, "");
	CLIENT(&watch, TH_ACK, 1, 1, "abc");
	CLIENT(&watch, TH_ACK | TH_FIN, 2, 1, ""); /* within what was sent */
	pass(&watch, 31);
	CLIENT(&watch, TH_ACK, 4, 1, "def");
	CLIENT(&watch, TH_ACK | TH_FIN, 7, 1, "");
	SERVER(&watch, TH_ACK, 1, 8, "");
	CLIENT(&watch, TH_ACK, 7, 1, "beyond"); /* the end was acknowledged */
	ASSERT_TOLD(&watch, "C[abc] C[def]");
	watch_end(&watch);
	assert_int_equal(watch.bytes[STREAM_CLIENT], 6);
}

static void test_ports_used_again(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 1, "ab");
	SERVER(&watch, TH_ACK, 3, 3, "waits");
	watch.first[STREAM_CLIENT] += 1000000000;
	watch.first[STREAM_SERVER] += 500;
	CLIENT(&watch, TH_SYN, 0, 0, "");
	SERVER(&watch, TH_SYN | TH_ACK, 0, 1, "");
	SERVER(&watch, TH_ACK, 1, 1, "220");
	ASSERT_TOLD(&watch, "C[ab] S<2> S[waits] -1 unseen +2 !2 S[220]");
	/* After both said goodbye. */
	CLIENT(&watch, TH_ACK | TH_FIN, 1, 4, "");
	SERVER(&watch, TH_ACK | TH_FIN, 4, 2, "");
	watch.first[STREAM_CLIENT]++;
	CLIENT(&watch, TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "-2 closed +3");
	/* After the end. */
	SERVER(&watch, TH_RST | TH_ACK, 0, 1, "");
	watch.first[STREAM_CLIENT]++;
	CLIENT(&watch, TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "-3 refused +4");
	watch_end(&watch);
}

/* Neither the end of the one nor the SYN of the other was seen. */
static void test_another_without_syn(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 1, "ab");
	CLIENT(&watch, TH_ACK, 1000000000, 1, "spoofed");
	CLIENT(&watch, TH_ACK, 3, 1, "cd");
	ASSERT_TOLD(&watch, "C[ab] C[cd]");
	for (uint32_t i = 0; i < 5; i++)
		CLIENT(&watch, TH_ACK, 1000000000 + i, 1, "x");
	ASSERT_TOLD(&watch, "-1 unseen +2m C[x] C[x]");
	watch_end(&watch);
}

static void test_patience(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	pass(&watch, 64);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	pass(&watch, 129);
	ASSERT_TOLD(&watch, "+1");
	pass(&watch, 1);
	ASSERT_TOLD(&watch, "-1 silent");
	assert_int_equal(watch.duration_ns, 64 * SECOND);
	shake_hands(&watch);
	pass(&watch, 2 * 3600 + 10);
	CLIENT(&watch, TH_ACK, 0, 1, ""); /* a probe that keeps it alive */
	SERVER(&watch, TH_ACK, 1, 1, "");
	pass(&watch, 2 * 3600 + 10);
	ASSERT_TOLD(&watch, "");
	pass(&watch, 60);
	ASSERT_TOLD(&watch, "-2 silent");
	watch_end(&watch);
}

/* Who is still there when the capture ends has not timed out. */
static void test_end_of_the_capture(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 1, "a");
	watch_end(&watch);
	ASSERT_TOLD(&watch, "C[a] -1 unseen");

	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	watch_end(&watch);
	ASSERT_TOLD(&watch, "+1 -1 unseen");

	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	watch.now_ns += SECOND;
	CLIENT(&watch, TH_SYN, 0, 0, "");
	watch_end(&watch);
	ASSERT_TOLD(&watch, "+1 -1 silent");

	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK | TH_FIN, 1, 1, "");
	SERVER(&watch, TH_ACK | TH_FIN, 1, 2, "");
	watch_end(&watch);
	ASSERT_TOLD(&watch, "-1 closed");
}

/* Whichever was quiet longest, whatever its phase; but first what is over. */
static void test_full_table(void **state)
{
	struct stream_options options = watch_options;
	struct watch watch;

	(void)state;
	options.max_streams = 3;
	watch_begin(&watch, &options);
	for (uint16_t i = 0; i < 3; i++) {
		watch.now_ns += 2 * SECOND;
		watch.client.port = (uint16_t)(40000 + i);
		shake_hands(&watch);
	}
	watch.now_ns += 2 * SECOND;
	watch.client.port = 40000;
	CLIENT(&watch, TH_ACK, 1, 1, "a");
	watch.client.port = 40003;
	CLIENT(&watch, TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "C[a] -2 unseen +4");
	assert_int_equal(streams_pushed_out(watch.streams), 1);
	assert_int_equal(streams_count(watch.streams), 3);
	SERVER(&watch, TH_RST | TH_ACK, 0, 1, "");
	watch.client.port = 40004;
	CLIENT(&watch, TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "-4 refused +5");
	assert_int_equal(streams_pushed_out(watch.streams), 1);
	watch.now_ns += 2 * SECOND;
	watch.client.port = 40005;
	CLIENT(&watch, TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "-3 unseen +6");
	watch_end(&watch);
	assert_string_equal(watch.log, "-5 unseen -6 unseen -1 unseen");
}

/* Many at once are told apart, in both directions. */
static void test_many(void **state)
{
	enum { COUNT = 3000 };
	struct stream_options options = watch_options;
	struct watch watch;

	(void)state;
	options.max_streams = COUNT;
	watch_begin(&watch, &options);
	for (uint16_t round = 0; round < 2; round++)
		for (uint16_t i = 0; i < COUNT; i++) {
			char expected[32];

			watch.client.port = (uint16_t)(1024 + i);
			watch.log[0] = '\0';
			if (round == 0)
				CLIENT(&watch, TH_SYN, 0, 0, "");
			else
				SERVER(&watch, TH_SYN | TH_ACK, 0, 1, "");
			snprintf(expected, sizeof(expected), "%c%d", round ? '!' : '+', i + 1);
			assert_string_equal(watch.log, expected);
		}
	assert_int_equal(streams_count(watch.streams), COUNT);
	watch_end(&watch);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syn_again),
		cmocka_unit_test(test_syn_with_data),
		cmocka_unit_test(test_answer_before_syn),
		cmocka_unit_test(test_answer_not_seen),
		cmocka_unit_test(test_from_the_middle),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_false_reset),
		cmocka_unit_test(test_fin_before_data),
		cmocka_unit_test(test_fin_behind_a_hole),
		cmocka_unit_test(test_simultaneous_close),
		cmocka_unit_test(test_half_closed),
		cmocka_unit_test(test_last_acknowledgement_not_seen),
		cmocka_unit_test(test_false_fin),
		cmocka_unit_test(test_ports_used_again),
		cmocka_unit_test(test_another_without_syn),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_end_of_the_capture),
		cmocka_unit_test(test_full_table),
		cmocka_unit_test(test_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stream_ends", tests, NULL, NULL);
}
