// SPDX-License-Identifier: GPL-2.0-only
/* The same packets on several interfaces of one host. */
#include "stream_watch.h"

static struct stream_options live_options(void)
{
	struct stream_options options = watch_options;
	options.is_live = true;
	return options;
}

/* Sees the packets on another interface under these addresses. */
static struct watch *behind(struct watch *watch, uint32_t interface, const char *client, uint16_t client_port,
			    const char *server, uint16_t server_port)
{
	watch->interface = interface;
	watch->client = endpoint_at(client, client_port);
	watch->server = endpoint_at(server, server_port);
	return watch;
}

#define CONTAINER "172.17.0.2", 40000, "198.51.100.7", 25
#define MASQUERADED "203.0.113.1", 61000, "198.51.100.7", 25
#define FORWARDED "172.17.0.2", 40000, "172.17.0.9", 2525
#define BOTH "172.17.0.1", 40000, "172.17.0.9", 2525

static void test_same_addresses(void **state)
{
	struct stream_options options = live_options();
	struct watch watch;

	(void)state;
	watch_begin(&watch, &options);
	CLIENT(behind(&watch, 2, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 3, CONTAINER), TH_SYN, 0, 0, "");
	SERVER(behind(&watch, 3, CONTAINER), TH_SYN | TH_ACK, 0, 1, "");
	SERVER(behind(&watch, 2, CONTAINER), TH_SYN | TH_ACK, 0, 1, "");
	SERVER(behind(&watch, 3, CONTAINER), TH_ACK, 1, 1, "220");
	SERVER(behind(&watch, 2, CONTAINER), TH_ACK, 1, 1, "220");
	ASSERT_TOLD(&watch, "+1 !1 S[220]");
	watch_end(&watch);
}

static void test_masqueraded(void **state)
{
	struct stream_options options = live_options();
	struct watch watch;

	(void)state;
	watch_begin(&watch, &options);
	CLIENT(behind(&watch, 3, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 0, 0, "");
	SERVER(behind(&watch, 2, MASQUERADED), TH_SYN | TH_ACK, 0, 1, "");
	SERVER(behind(&watch, 3, CONTAINER), TH_SYN | TH_ACK, 0, 1, "");
	ASSERT_TOLD(&watch, "+1 =1 !1");
	assert_int_equal(SERVER(behind(&watch, 2, MASQUERADED), TH_ACK, 1, 1, "220"), 0);
	assert_int_equal(SERVER(behind(&watch, 3, CONTAINER), TH_ACK, 1, 1, "220"), 3);
	SERVER(behind(&watch, 2, MASQUERADED), TH_RST, 4, 0, "");
	ASSERT_TOLD(&watch, "S[220]");
	SERVER(behind(&watch, 3, CONTAINER), TH_RST, 4, 0, "");
	SERVER(behind(&watch, 2, MASQUERADED), TH_ACK, 1, 1, "220");
	ASSERT_TOLD(&watch, "-1 reset");
	/* The NAT gives the port to another. */
	watch.first[STREAM_CLIENT]++;
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+2");
	watch_end(&watch);
}

/* The addresses of a connection that is gone are free again. */
static void test_gone(void **state)
{
	struct stream_options options = live_options();
	struct watch watch;

	(void)state;
	watch_begin(&watch, &options);
	CLIENT(behind(&watch, 3, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 0, 0, "");
	pass(&watch, 200);
	CLIENT(behind(&watch, 2, MASQUERADED), TH_ACK, 1, 1, "x");
	ASSERT_TOLD(&watch, "+1 =1 -1 silent +2m C[x]");
	watch_end(&watch);
	watch_begin(&watch, &options);
	CLIENT(behind(&watch, 3, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 0, 0, "");
	watch.first[STREAM_CLIENT]++;
	CLIENT(behind(&watch, 3, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_ACK, 1, 1, "x");
	ASSERT_TOLD(&watch, "+1 =1 -1 unseen +2 +3m C[x]");
	watch_end(&watch);
}

static void test_chain(void **state)
{
	struct stream_options options = live_options();
	struct watch watch;

	(void)state;
	watch_begin(&watch, &options);
	CLIENT(behind(&watch, 4, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 3, FORWARDED), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, BOTH), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 5, "172.17.0.1", 1, "172.17.0.9", 2525), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+1 =1 =1 =1");
	CLIENT(behind(&watch, 6, "172.17.0.1", 2, "172.17.0.9", 2525), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+2");
	/* Each from the first, not from one another. */
	watch.first[STREAM_CLIENT]++;
	CLIENT(behind(&watch, 4, "172.17.0.7", 40000, "198.51.100.7", 25), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 3, "172.17.0.7", 40000, "172.17.0.9", 2525), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+3 =3 =3");
	watch_end(&watch);
}

static void test_is_no_alias(void **state)
{
	struct stream_options options = live_options();
	struct watch watch;

	(void)state;
	watch_begin(&watch, &options);
	CLIENT(behind(&watch, 3, CONTAINER), TH_SYN, 0, 0, "");
	/* The same interface; neither endpoint; another number; too late. */
	CLIENT(behind(&watch, 3, "172.17.0.3", 40000, "198.51.100.7", 25), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+1 +2");
	CLIENT(behind(&watch, 2, "203.0.113.1", 40000, "198.51.100.8", 25), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+3");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 1, 0, "");
	ASSERT_TOLD(&watch, "+4");
	watch.first[STREAM_CLIENT] += 1000;
	CLIENT(behind(&watch, 3, "172.17.0.4", 40000, "198.51.100.7", 25), TH_SYN, 0, 0, "");
	watch.now_ns += 4 * SECOND;
	CLIENT(behind(&watch, 2, "203.0.113.1", 61001, "198.51.100.7", 25), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+5 +6");
	watch_end(&watch);
	/* Nor where packets do not come from interfaces of one host. */
	watch_begin(&watch, &watch_options);
	CLIENT(behind(&watch, 3, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 2, MASQUERADED), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+1 +2");
	watch_end(&watch);
}

/* Interfaces need not be known. One that is over, or was pushed out, has no aliases to tell of. */
static void test_after_the_end(void **state)
{
	struct stream_options options = live_options();
	struct watch watch;

	(void)state;
	options.max_streams = 1;
	watch_begin(&watch, &options);
	CLIENT(behind(&watch, 0, CONTAINER), TH_SYN, 0, 0, "");
	SERVER(behind(&watch, 0, CONTAINER), TH_RST | TH_ACK, 0, 1, "");
	CLIENT(behind(&watch, 0, MASQUERADED), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+1 -1 refused");
	watch.first[STREAM_CLIENT]++;
	CLIENT(behind(&watch, 0, CONTAINER), TH_SYN, 0, 0, "");
	CLIENT(behind(&watch, 0, "192.0.2.99", 5, "198.51.100.8", 25), TH_SYN, 5, 0, "");
	CLIENT(behind(&watch, 0, MASQUERADED), TH_SYN, 0, 0, "");
	ASSERT_TOLD(&watch, "+2 -2 unseen +3 -3 unseen +4");
	watch_end(&watch);
}

/* However many SYNs of one number, what they take is bounded by the table. */
static void test_many_aliases(void **state)
{
	struct stream_options options = live_options();
	struct watch watch;

	(void)state;
	options.max_streams = 20;
	watch_begin(&watch, &options);
	for (uint16_t i = 0; i < 500; i++) {
		behind(&watch, 2 + i, "203.0.113.1", (uint16_t)(1024 + i), "198.51.100.7", 25);
		CLIENT(&watch, TH_SYN, 0, 0, "");
		assert_true(streams_count(watch.streams) <= 20);
		watch.log[0] = '\0';
	}
	assert_int_equal(watch.sessions, 20);
	watch_end(&watch);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_addresses), cmocka_unit_test(test_masqueraded),
		cmocka_unit_test(test_gone),           cmocka_unit_test(test_chain),
		cmocka_unit_test(test_is_no_alias),    cmocka_unit_test(test_after_the_end),
		cmocka_unit_test(test_many_aliases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stream_nat", tests, NULL, NULL);
}
