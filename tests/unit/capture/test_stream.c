// SPDX-License-Identifier: GPL-2.0-only
/* Order: what comes early, late, twice or not at all. */
#include "stream_watch.h"

static void test_dialogue(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	CLIENT(&watch, TH_SYN, 0, 0, "");
	assert_int_equal(streams_count(watch.streams), 1);
	SERVER(&watch, TH_SYN | TH_ACK, 0, 1, "");
	CLIENT(&watch, TH_ACK, 1, 1, "");
	ASSERT_TOLD(&watch, "+1 !1");
	assert_int_equal(SERVER(&watch, TH_ACK, 1, 1, "220"), 3);
	watch.clear = 2;
	assert_int_equal(CLIENT(&watch, TH_ACK, 1, 4, "EHLO"), 2);
	CLIENT(&watch, TH_ACK | TH_FIN, 5, 4, "QUIT");
	SERVER(&watch, TH_ACK | TH_FIN, 4, 10, "221");
	ASSERT_TOLD(&watch, "S[220] C[EHLO] C[QUIT] S[221]");
	watch.now_ns += SECOND;
	CLIENT(&watch, TH_ACK, 10, 8, "");
	ASSERT_TOLD(&watch, "-1 closed");
	assert_int_equal(watch.bytes[STREAM_CLIENT], 8);
	assert_int_equal(watch.bytes[STREAM_SERVER], 6);
	assert_int_equal(watch.duration_ns, SECOND);
	assert_int_equal(streams_count(watch.streams), 0);
	watch_end(&watch);
}

static void test_reordered(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	assert_int_equal(SERVER(&watch, TH_ACK, 4, 1, "de"), 0);
	assert_int_equal(SERVER(&watch, TH_ACK, 8, 1, "h"), 0);
	SERVER(&watch, TH_ACK, 6, 1, "fg");
	ASSERT_TOLD(&watch, "");
	assert_int_equal(SERVER(&watch, TH_ACK, 1, 1, "abc"), 3);
	ASSERT_TOLD(&watch, "S[abc] S[de] S[fg] S[h]");
	watch_end(&watch);
}

/* The bytes that were seen first count, before and after they are delivered. */
static void test_retransmitted(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 1, 1, "abc");
	assert_int_equal(SERVER(&watch, TH_ACK, 1, 1, "abc"), 0);
	assert_int_equal(SERVER(&watch, TH_ACK, 1, 1, "XYZ"), 0);
	assert_int_equal(SERVER(&watch, TH_ACK, 2, 1, "Y"), 0);
	ASSERT_TOLD(&watch, "S[abc]");
	assert_int_equal(SERVER(&watch, TH_ACK, 2, 1, "XXdef"), 0);
	ASSERT_TOLD(&watch, "S[def]");
	SERVER(&watch, TH_ACK, 9, 1, "ij");
	SERVER(&watch, TH_ACK, 8, 1, "hXXk");
	SERVER(&watch, TH_ACK, 8, 1, "XXXX");
	assert_int_equal(SERVER(&watch, TH_ACK, 7, 1, "gXXXXl"), 1);
	ASSERT_TOLD(&watch, "S[g] S[h] S[ij] S[k] S[l]");
	assert_int_equal(watch.sessions, 1);
	watch_end(&watch);
	assert_int_equal(watch.bytes[STREAM_SERVER], 12);
}

static void test_keepalive_and_probe(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 1, "ab");
	CLIENT(&watch, TH_ACK, 2, 1, "");
	CLIENT(&watch, TH_ACK, 2, 1, "X");
	CLIENT(&watch, TH_ACK, 3, 1, "");
	CLIENT(&watch, TH_ACK, 3, 1, "c");
	ASSERT_TOLD(&watch, "C[ab] C[c]");
	watch_end(&watch);
}

static void test_wrap_around(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin(&watch, &watch_options);
	watch.first[STREAM_CLIENT] = UINT32_MAX - 3;
	watch.first[STREAM_SERVER] = UINT32_MAX;
	shake_hands(&watch);
	CLIENT(&watch, TH_ACK, 6, 1, "fgh");
	CLIENT(&watch, TH_ACK, 3, 1, "cdeX");
	CLIENT(&watch, TH_ACK, 1, 1, "abX");
	SERVER(&watch, TH_ACK, 1, 9, "ok");
	ASSERT_TOLD(&watch, "C[ab] C[cde] C[fgh] S[ok]");
	watch_end(&watch);
}

/* What the other side has acknowledged will not be sent again. */
static void test_hole_is_given_up_after_three(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 1, 1, "ab");
	CLIENT(&watch, TH_ACK, 1, 11, "");
	SERVER(&watch, TH_ACK, 7, 1, "gh");
	SERVER(&watch, TH_ACK, 9, 1, "ij");
	ASSERT_TOLD(&watch, "S[ab]");
	SERVER(&watch, TH_ACK, 13, 1, "mn");
	ASSERT_TOLD(&watch, "S<4> S[gh] S[ij]");
	SERVER(&watch, TH_ACK, 11, 1, "kl");
	ASSERT_TOLD(&watch, "S[kl] S[mn]");
	watch_end(&watch);
}

static void test_hole_is_given_up_with_time(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 5, 1, "ef");
	CLIENT(&watch, TH_ACK, 1, 7, "");
	pass(&watch, 1);
	ASSERT_TOLD(&watch, "");
	pass(&watch, 1);
	ASSERT_TOLD(&watch, "S<4> S[ef]");
	/* The next one has its own time. */
	SERVER(&watch, TH_ACK, 9, 1, "ij");
	CLIENT(&watch, TH_ACK, 1, 11, "");
	watch.now_ns += 1 * SECOND;
	SERVER(&watch, TH_ACK, 7, 1, "gh");
	ASSERT_TOLD(&watch, "S[gh] S[ij]");
	watch_end(&watch);
}

/* The bytes may still be on their way, if they were lost behind this host or before it. */
static void test_unacknowledged_hole_is_waited_for(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	for (uint32_t i = 0; i < 20; i++)
		SERVER(&watch, TH_ACK, 3 + i, 1, "x");
	CLIENT(&watch, TH_ACK, 1, 1, "");
	pass(&watch, 10);
	ASSERT_TOLD(&watch, "");
	pass(&watch, 20);
	assert_memory_equal(watch.log, "S<2> S[x] S[x]", 14);
	watch_end(&watch);
}

static void test_only_acknowledgements_tell(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 1, "ab");
	SERVER(&watch, TH_ACK, 1, 13, "");
	ASSERT_TOLD(&watch, "C[ab]");
	pass(&watch, 2);
	ASSERT_TOLD(&watch, "C<10>");
	CLIENT(&watch, TH_ACK, 13, 1, "mn");
	ASSERT_TOLD(&watch, "C[mn]");
	/* Seen before what it acknowledges. */
	SERVER(&watch, TH_ACK, 1, 17, "");
	CLIENT(&watch, TH_ACK, 15, 1, "op");
	pass(&watch, 5);
	ASSERT_TOLD(&watch, "C[op]");
	SERVER(&watch, TH_ACK, 1, 200000000, ""); /* what nobody can have sent */
	pass(&watch, 5);
	ASSERT_TOLD(&watch, "");
	/* One byte is rather a FIN that was not seen. */
	SERVER(&watch, TH_ACK, 1, 18, "");
	pass(&watch, 5);
	ASSERT_TOLD(&watch, "");
	watch_end(&watch);
}

/* What a side has received before it spoke was there before its words. */
static void test_answer_behind_a_hole(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	CLIENT(&watch, TH_ACK, 1, 9, "EHLO");
	ASSERT_TOLD(&watch, "S<8> C[EHLO]");
	SERVER(&watch, TH_ACK, 12, 5, "l");
	SERVER(&watch, TH_ACK, 15, 5, "o");
	CLIENT(&watch, TH_ACK, 5, 13, "MAIL");
	ASSERT_TOLD(&watch, "S<3> S[l] C[MAIL]");
	/* Not so what was sent since. */
	SERVER(&watch, TH_ACK, 13, 9, "mn");
	ASSERT_TOLD(&watch, "S[mn] S[o]");
	SERVER(&watch, TH_ACK, 16, 200000000, "far");
	ASSERT_TOLD(&watch, "S[far]");
	/* One byte is rather a FIN that was not seen. */
	SERVER(&watch, TH_ACK, 19, 10, "fin");
	ASSERT_TOLD(&watch, "S[fin]");
	watch_end(&watch);
}

/* Skipped at once and in order; nothing is waited for. */
static void test_cut_by_the_capture(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	assert_int_equal(say_cut(&watch, STREAM_CLIENT, TH_ACK, 1, 1, "abc", 60000), 3);
	assert_int_equal(say_cut(&watch, STREAM_CLIENT, TH_ACK, 60001, 1, "", 100), 0);
	CLIENT(&watch, TH_ACK, 60101, 1, "z");
	ASSERT_TOLD(&watch, "C[abc] C<59997> C<100> C[z]");
	say_cut(&watch, STREAM_CLIENT, TH_ACK, 60112, 1, "kl", 10);
	say_cut(&watch, STREAM_CLIENT, TH_ACK, 60102, 1, "a", 10);
	ASSERT_TOLD(&watch, "C[a] C<9> C[kl] C<8>");
	/* The part that is new begins in what was cut off. */
	say_cut(&watch, STREAM_CLIENT, TH_ACK, 60112, 1, "XXXX", 20);
	ASSERT_TOLD(&watch, "C<10>");
	watch_end(&watch);
	assert_int_equal(watch.bytes[STREAM_CLIENT], 60131);
}

/* One after the other, but each for its own reason. */
static void test_several_holes(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 3, 1, "cd");
	SERVER(&watch, TH_ACK, 7, 1, "gh");
	SERVER(&watch, TH_ACK, 11, 1, "kl");
	CLIENT(&watch, TH_ACK, 1, 9, "");
	ASSERT_TOLD(&watch, "S<2> S[cd]");
	pass(&watch, 2);
	ASSERT_TOLD(&watch, "S<2> S[gh]");
	CLIENT(&watch, TH_ACK, 1, 13, "");
	ASSERT_TOLD(&watch, "S<2> S[kl]");
	for (uint32_t i = 0; i < 3; i++)
		SERVER(&watch, TH_ACK, 21 + 10 * i, 1, "x");
	pass(&watch, 1);
	CLIENT(&watch, TH_ACK, 1, 100, "");
	ASSERT_TOLD(&watch, "S<8> S[x]");
	pass(&watch, 1);
	ASSERT_TOLD(&watch, "S<9> S[x] S<9> S[x] S<58>");
	watch_end(&watch);
}

static void test_full_buffer(void **state)
{
	struct stream_options options = watch_options;
	struct watch watch;

	(void)state;
	options.buffer_per_side = 150;
	watch_begin(&watch, &options);
	shake_hands(&watch);
	SERVER(&watch, TH_ACK, 3, 1, "cd");
	SERVER(&watch, TH_ACK, 7, 1, "gh");
	SERVER(&watch, TH_ACK, 11, 1, "kl");
	ASSERT_TOLD(&watch, "");
	assert_int_equal(streams_pushed_out(watch.streams), 0);
	assert_int_equal(SERVER(&watch, TH_ACK, 15, 1, "op"), 0);
	ASSERT_TOLD(&watch, "S<2> S[cd]");
	assert_int_equal(streams_pushed_out(watch.streams), 2);
	SERVER(&watch, TH_ACK, 5, 1, "ef");
	ASSERT_TOLD(&watch, "S[ef] S[gh]");
	/* One that does not fit at all. */
	char large[201];
	memset(large, 'x', 200);
	large[200] = '\0';
	assert_int_equal(SERVER(&watch, TH_ACK, 20, 1, large), 200);
	assert_memory_equal(watch.log, "S<2> S[kl] S<2> S[op] S<3> S[xxx", 32);
	assert_int_equal(streams_pushed_out(watch.streams), 9);
	watch_end(&watch);
}

static void test_buffers_are_shared(void **state)
{
	struct stream_options options = watch_options;
	struct watch watch;

	(void)state;
	options.buffer_total = 400;
	watch_begin(&watch, &options);
	for (uint16_t i = 0; i < 10; i++) {
		watch.client.port = (uint16_t)(40000 + i);
		shake_hands(&watch);
		SERVER(&watch, TH_ACK, 3, 1, "cd");
		assert_string_equal(watch.log, i < 3 ? "" : "S<2> S[cd]");
	}
	/* What the first gives back, another can use. */
	watch.client.port = 40000;
	SERVER(&watch, TH_ACK, 1, 1, "ab");
	watch.client.port = 40009;
	watch.log[0] = '\0';
	SERVER(&watch, TH_ACK, 6, 1, "f");
	ASSERT_TOLD(&watch, "");
	SERVER(&watch, TH_ACK, 5, 1, "e");
	ASSERT_TOLD(&watch, "S[e] S[f]");
	watch_end(&watch);
}

static void test_at_most_so_many_runs(void **state)
{
	struct stream_options options = watch_options;
	struct watch watch;

	(void)state;
	options.buffer_per_side = options.buffer_total;
	watch_begin(&watch, &options);
	shake_hands(&watch);
	for (uint32_t i = 0; i < 256; i++)
		SERVER(&watch, TH_ACK, 3 + 2 * i, 1, "x");
	ASSERT_TOLD(&watch, "");
	SERVER(&watch, TH_ACK, 3 + 2 * 256, 1, "x");
	ASSERT_TOLD(&watch, "S<2> S[x]");
	watch_end(&watch);
}

/* Tiny runs in the worst order stay few. */
static void test_many_runs(void **state)
{
	struct watch watch;
	uint64_t skipped;

	(void)state;
	watch_begin_open(&watch);
	for (uint32_t i = 0; i < 2000; i++)
		SERVER(&watch, TH_ACK, 5000 - 2 * i, 1, "x");
	skipped = streams_pushed_out(watch.streams);
	assert_true(skipped > 0 && skipped < 5000);
	SERVER(&watch, TH_ACK | TH_FIN, 5001, 1, "");
	watch_end(&watch);
	assert_int_equal(watch.bytes[STREAM_SERVER], 5000);
}

static void test_opaque(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 11, 1, "waits");
	watch.wants_opaque = true;
	watch.clear = 2;
	assert_int_equal(say_cut(&watch, STREAM_CLIENT, TH_ACK, 1, 1, "tls", 100), 2);
	ASSERT_TOLD(&watch, "C[tls]");
	assert_int_equal(CLIENT(&watch, TH_ACK, 101, 1, "more"), 0);
	SERVER(&watch, TH_ACK, 1, 1, "earlier");
	SERVER(&watch, TH_ACK, 21, 201, "later");
	/* Around the sequence numbers more than once, with holes and packets twice. */
	for (uint32_t i = 0; i < 200; i++) {
		say_cut(&watch, STREAM_CLIENT, TH_ACK, 201 + i * 0x2000000, 1, "", 0x1000000);
		say_cut(&watch, STREAM_CLIENT, TH_ACK, 201 + i * 0x2000000, 1, "", 0x1000000);
	}
	CLIENT(&watch, TH_ACK | TH_FIN, 201 + 200U * 0x2000000, 26, "");
	SERVER(&watch, TH_ACK | TH_FIN, 26, 202 + 200U * 0x2000000, "");
	ASSERT_TOLD(&watch, "");
	CLIENT(&watch, TH_ACK, 202 + 200U * 0x2000000, 27, "");
	ASSERT_TOLD(&watch, "-1 closed");
	assert_int_equal(watch.bytes[STREAM_CLIENT], 200 + 200ULL * 0x2000000);
	assert_int_equal(watch.bytes[STREAM_SERVER], 25);
	watch_end(&watch);
}

/* What waited is counted, with what was cut off. */
static void test_opaque_while_waiting(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 11, 1, "waits");
	say_cut(&watch, STREAM_CLIENT, TH_ACK, 3, 1, "tls", 100);
	watch.clear = 0;
	CLIENT(&watch, TH_ACK, 1, 1, "a");
	watch.wants_opaque = true;
	CLIENT(&watch, TH_ACK, 2, 1, "b");
	ASSERT_TOLD(&watch, "C[a] C[b]");
	watch_end(&watch);
	assert_int_equal(watch.bytes[STREAM_CLIENT], 102);
	assert_int_equal(watch.bytes[STREAM_SERVER], 15);

	/* The one that turns opaque has waited itself. */
	watch_begin_open(&watch);
	say_cut(&watch, STREAM_CLIENT, TH_ACK, 3, 1, "tls", 100);
	watch.opaque_size = 3;
	CLIENT(&watch, TH_ACK, 1, 1, "ab");
	ASSERT_TOLD(&watch, "C[ab] C[tls]");
	watch_end(&watch);
	assert_int_equal(watch.bytes[STREAM_CLIENT], 102);
}

/* Also of bytes that are skipped, and with more of the same side waiting. */
static void test_opaque_by_skip(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 11, 1, "waits");
	SERVER(&watch, TH_ACK, 21, 1, "waits");
	CLIENT(&watch, TH_ACK, 1, 16, "");
	watch.wants_opaque = true;
	pass(&watch, 2);
	ASSERT_TOLD(&watch, "S<10>");
	SERVER(&watch, TH_ACK, 31, 1, "x");
	watch_end(&watch);
	assert_string_equal(watch.log, "-1 unseen");
	assert_int_equal(watch.bytes[STREAM_SERVER], 31);
}

static void test_clock_is_set_back(void **state)
{
	struct watch watch;

	(void)state;
	watch_begin_open(&watch);
	SERVER(&watch, TH_ACK, 5, 1, "ef");
	CLIENT(&watch, TH_ACK, 1, 7, "");
	watch.now_ns -= 3600 * SECOND;
	CLIENT(&watch, TH_ACK, 1, 7, "");
	pass(&watch, 1);
	ASSERT_TOLD(&watch, "");
	pass(&watch, 1);
	pass(&watch, 1);
	ASSERT_TOLD(&watch, "S<4> S[ef]");
	watch_end(&watch);
	assert_int_equal(watch.duration_ns, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialogue),
		cmocka_unit_test(test_reordered),
		cmocka_unit_test(test_retransmitted),
		cmocka_unit_test(test_keepalive_and_probe),
		cmocka_unit_test(test_wrap_around),
		cmocka_unit_test(test_hole_is_given_up_after_three),
		cmocka_unit_test(test_hole_is_given_up_with_time),
		cmocka_unit_test(test_unacknowledged_hole_is_waited_for),
		cmocka_unit_test(test_only_acknowledgements_tell),
		cmocka_unit_test(test_answer_behind_a_hole),
		cmocka_unit_test(test_cut_by_the_capture),
		cmocka_unit_test(test_several_holes),
		cmocka_unit_test(test_full_buffer),
		cmocka_unit_test(test_buffers_are_shared),
		cmocka_unit_test(test_at_most_so_many_runs),
		cmocka_unit_test(test_many_runs),
		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_opaque_while_waiting),
		cmocka_unit_test(test_opaque_by_skip),
		cmocka_unit_test(test_clock_is_set_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
