// SPDX-License-Identifier: GPL-2.0-only
#include "model/scope.h"

#include "support/test.h"

#include <errno.h>

static struct address address_of(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

static enum sw_scope classify(const struct scopes *scopes, const char *text)
{
	struct address address = address_of(text);
	return scopes_classify(scopes, &address);
}

static void add(struct scopes *scopes, const char *network, enum sw_scope scope)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(network, &prefix), 0);
	assert_int_equal(scopes_add(scopes, &prefix, scope), 0);
}

/* The first and last address of each network, and those next to them outside. */
static void test_internal_networks(void **state)
{
	static const struct {
		const char *before, *first, *last, *after;
	} networks[] = {
		{NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
		{"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
		{"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
		{"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
		{"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
		{"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
		{"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
		{NULL, "::", "::1", "::2"},
		{"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "fe00::"},
		{"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "fec0::"},
	};
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
		if (networks[i].before)
			assert_int_equal(classify(scopes, networks[i].before), SW_SCOPE_EXTERNAL);
		assert_int_equal(classify(scopes, networks[i].first), SW_SCOPE_INTERNAL);
		assert_int_equal(classify(scopes, networks[i].last), SW_SCOPE_INTERNAL);
		assert_int_equal(classify(scopes, networks[i].after), SW_SCOPE_EXTERNAL);
	}
}

static void test_the_world_is_external(void **state)
{
	static const char *const addresses[] = {
		"1.1.1.1",      "203.0.113.25", "198.18.0.1",     "255.255.255.255", "64:ff9b::a00:1",
		"2001:db8::25", "2a00::1",      "::10.0.0.1",     "::fffe:a00:1",    "::1:ffff:10.0.0.1",
		"2002:a00:1::", "a00::",        "7f00:1::7f00:1",
	};
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		assert_int_equal(classify(scopes, addresses[i]), SW_SCOPE_EXTERNAL);
}

/* A mapped address is the IPv4 address, also where that one was configured. */
static void test_mapped_addresses(void **state)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();

	(void)state;
	assert_int_equal(classify(scopes, "::ffff:10.1.2.3"), SW_SCOPE_INTERNAL);
	assert_int_equal(classify(scopes, "::ffff:127.0.0.1"), SW_SCOPE_INTERNAL);
	assert_int_equal(classify(scopes, "::ffff:203.0.113.25"), SW_SCOPE_EXTERNAL);
	add(scopes, "203.0.113.25", SW_SCOPE_SMARTHOST);
	assert_int_equal(classify(scopes, "::ffff:203.0.113.25"), SW_SCOPE_SMARTHOST);
	add(scopes, "::ffff:198.51.100.0/120", SW_SCOPE_HOST);
	assert_int_equal(classify(scopes, "198.51.100.255"), SW_SCOPE_HOST);
	assert_int_equal(classify(scopes, "198.51.101.0"), SW_SCOPE_EXTERNAL);
}

static void test_smarthost_in_private_network(void **state)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();

	(void)state;
	add(scopes, "10.1.2.3", SW_SCOPE_SMARTHOST);
	add(scopes, "fd00:25::/64", SW_SCOPE_SMARTHOST);
	assert_int_equal(classify(scopes, "10.1.2.3"), SW_SCOPE_SMARTHOST);
	assert_int_equal(classify(scopes, "10.1.2.2"), SW_SCOPE_INTERNAL);
	assert_int_equal(classify(scopes, "10.1.2.4"), SW_SCOPE_INTERNAL);
	assert_int_equal(classify(scopes, "fd00:25::ffff"), SW_SCOPE_SMARTHOST);
	assert_int_equal(classify(scopes, "fd00:25:0:1::"), SW_SCOPE_INTERNAL);
}

/* Whichever way round they are added. */
static void test_longest_prefix_wins(void **state)
{
	static const struct {
		const char *network;
		enum sw_scope scope;
	} networks[] = {
		{"203.0.0.0/16", SW_SCOPE_SMARTHOST},
		{"203.0.113.0/24", SW_SCOPE_INTERNAL},
		{"203.0.113.25", SW_SCOPE_HOST},
		{"203.0.113.128/25", SW_SCOPE_EXTERNAL},
	};

	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();

		for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
			size_t place = backwards ? ARRAY_SIZE(networks) - 1 - i : i;
			add(scopes, networks[place].network, networks[place].scope);
		}
		assert_int_equal(classify(scopes, "203.0.112.255"), SW_SCOPE_SMARTHOST);
		assert_int_equal(classify(scopes, "203.0.113.24"), SW_SCOPE_INTERNAL);
		assert_int_equal(classify(scopes, "203.0.113.25"), SW_SCOPE_HOST);
		assert_int_equal(classify(scopes, "203.0.113.127"), SW_SCOPE_INTERNAL);
		assert_int_equal(classify(scopes, "203.0.113.128"), SW_SCOPE_EXTERNAL);
		assert_int_equal(classify(scopes, "203.1.0.0"), SW_SCOPE_EXTERNAL);
	}
}

static void test_one_prefix_twice(void **state)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();
	size_t before;
	size_t after;

	(void)state;
	scopes_entries(scopes, &before);
	add(scopes, "127.0.0.1", SW_SCOPE_HOST);
	add(scopes, "127.0.0.1", SW_SCOPE_SMARTHOST);
	add(scopes, "127.0.0.1", SW_SCOPE_HOST);
	scopes_entries(scopes, &after);
	assert_int_equal(classify(scopes, "127.0.0.1"), SW_SCOPE_SMARTHOST);
	assert_int_equal(after, before + 1);
}

/* 0.0.0.0/0 is the IPv4 half only, and ::/0 everything that nothing else claims. */
static void test_everything(void **state)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();

	(void)state;
	add(scopes, "0.0.0.0/0", SW_SCOPE_SMARTHOST);
	assert_int_equal(classify(scopes, "203.0.113.25"), SW_SCOPE_SMARTHOST);
	assert_int_equal(classify(scopes, "2001:db8::1"), SW_SCOPE_EXTERNAL);
	assert_int_equal(classify(scopes, "10.0.0.1"), SW_SCOPE_INTERNAL);
	add(scopes, "::/0", SW_SCOPE_HOST);
	assert_int_equal(classify(scopes, "2001:db8::1"), SW_SCOPE_HOST);
	assert_int_equal(classify(scopes, "203.0.113.25"), SW_SCOPE_SMARTHOST);
}

static void test_bounded(void **state)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();
	struct prefix prefix = {.address = address_of("198.51.0.0"), .length = 128};
	size_t count;

	(void)state;
	for (scopes_entries(scopes, &count); count < SW_SCOPES_MAX; count++) {
		prefix.address.bytes[14] = (uint8_t)(count / 256);
		prefix.address.bytes[15] = (uint8_t)count;
		assert_int_equal(scopes_add(scopes, &prefix, SW_SCOPE_SMARTHOST), 0);
	}
	/* One that is there can still be raised. */
	assert_int_equal(scopes_add(scopes, &prefix, SW_SCOPE_SMARTHOST), 0);
	prefix.address = address_of("198.52.0.0");
	assert_int_equal(scopes_add(scopes, &prefix, SW_SCOPE_SMARTHOST), -ENOSPC);
	assert_int_equal(classify(scopes, "198.52.0.0"), SW_SCOPE_EXTERNAL);
	assert_int_equal(classify(scopes, "198.51.15.255"), SW_SCOPE_SMARTHOST);
	assert_int_equal(classify(scopes, "10.0.0.1"), SW_SCOPE_INTERNAL);
}

/* What is handed to the kernel: every network once, the longest prefix first. */
static void test_entries(void **state)
{
	_cleanup_(cleanup_scopes_free) struct scopes *scopes = scopes_new();
	const struct scope_entry *entries;
	size_t smarthosts = 0;
	size_t count;

	(void)state;
	add(scopes, "203.0.0.0/16", SW_SCOPE_SMARTHOST);
	add(scopes, "2001:db8::/32", SW_SCOPE_SMARTHOST);
	entries = scopes_entries(scopes, &count);
	assert_int_equal(count, 13);
	for (size_t i = 0; i < count; i++) {
		smarthosts += entries[i].scope == SW_SCOPE_SMARTHOST;
		if (i > 0)
			assert_true(entries[i - 1].prefix.length >= entries[i].prefix.length);
	}
	assert_int_equal(smarthosts, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_internal_networks),
		cmocka_unit_test(test_the_world_is_external),
		cmocka_unit_test(test_mapped_addresses),
		cmocka_unit_test(test_smarthost_in_private_network),
		cmocka_unit_test(test_longest_prefix_wins),
		cmocka_unit_test(test_one_prefix_twice),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_entries),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
