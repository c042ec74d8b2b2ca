// SPDX-License-Identifier: GPL-2.0-only
#include "rules/networks.h"

#include "support/test.h"

#define WINDOW 600

static void add(struct networks *networks, const char *text, uint64_t now_ns)
{
	struct address address;

	assert_int_equal(address_parse(text, &address), 0);
	networks_add(networks, &address, now_ns, WINDOW);
}

/* The n-th of many different networks. */
static void add_nth(struct networks *networks, unsigned int n, uint64_t now_ns)
{
	char text[ADDRESS_TEXT_SIZE];

	snprintf(text, sizeof(text), "203.%u.%u.25", n / 256, n % 256);
	add(networks, text, now_ns);
}

static void test_what_one_network_is(void **state)
{
	static const struct {
		const char *address;
		size_t count;
	} steps[] = {
		{"203.0.113.0", 1},        {"203.0.113.255", 1},  {"203.0.114.0", 2},
		{"::ffff:203.0.113.7", 2}, {"2001:db8:1::", 3},   {"2001:db8:1:ffff::", 3},
		{"2001:db8:2::1", 4},      {"2001:db8:1::25", 4}, {"203.0.112.255", 5},
	};
	struct networks networks = {.count = 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		add(&networks, steps[i].address, 1000);
		assert_int_equal(networks.count, steps[i].count);
		assert_false(networks.capped);
	}
}

static void test_window(void **state)
{
	struct networks networks = {.count = 0};

	(void)state;
	add_nth(&networks, 1, 1000);
	add_nth(&networks, 2, 1000 + WINDOW - 1);
	assert_int_equal(networks.count, 2);
	add_nth(&networks, 3, 1000 + WINDOW);
	assert_int_equal(networks.count, 2);
	add_nth(&networks, 3, 1000 + 5 * WINDOW);
	assert_int_equal(networks.count, 1);
}

static void test_seen_again_stays(void **state)
{
	struct networks networks = {.count = 0};

	(void)state;
	add_nth(&networks, 1, 1000);
	add_nth(&networks, 2, 1100);
	add_nth(&networks, 1, 1500);
	add_nth(&networks, 3, 1000 + WINDOW);
	assert_int_equal(networks.count, 3);
	add_nth(&networks, 3, 1100 + WINDOW);
	assert_int_equal(networks.count, 2);
	add_nth(&networks, 3, 1500 + WINDOW);
	assert_int_equal(networks.count, 1);
}

static void test_cap(void **state)
{
	struct networks networks = {.count = 0};

	(void)state;
	for (unsigned int n = 0; n < NETWORKS_COUNTED; n++) {
		add_nth(&networks, n, 1000);
		assert_int_equal(networks.count, n + 1);
		assert_false(networks.capped);
	}
	add_nth(&networks, 3, 1001);
	assert_false(networks.capped);
	add_nth(&networks, NETWORKS_COUNTED, 1002);
	assert_true(networks.capped);
	assert_int_equal(networks.count, NETWORKS_COUNTED);
	add_nth(&networks, 0, 1002 + WINDOW);
	assert_int_equal(networks.count, 1);
	assert_false(networks.capped);
}

/* One that was counted leaves the window; eight that found no room are still in it. */
static void test_cap_holds_while_there_are_more(void **state)
{
	struct networks networks = {.count = 0};

	(void)state;
	add_nth(&networks, 0, 1000);
	for (unsigned int n = 1; n < NETWORKS_COUNTED + 8; n++)
		add_nth(&networks, n, 1100);
	assert_true(networks.capped);
	add_nth(&networks, 1, 1000 + WINDOW);
	assert_true(networks.capped);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_one_network_is),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_seen_again_stays),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_cap_holds_while_there_are_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("networks", tests, NULL, NULL);
}
