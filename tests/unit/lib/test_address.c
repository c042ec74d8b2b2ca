// SPDX-License-Identifier: GPL-2.0-only
#include "lib/address.h"

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static struct address parsed(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

static struct prefix parsed_prefix(const char *text)
{
	struct prefix prefix;

	assert_int_equal(prefix_parse(text, &prefix), 0);
	return prefix;
}

static void test_ipv4_is_mapped(void **state)
{
	static const uint8_t expected[16] = {[10] = 0xff, [11] = 0xff, [12] = 203, [13] = 0, [14] = 113, [15] = 25};
	struct address address = parsed("203.0.113.25");
	struct address mapped = parsed("::ffff:203.0.113.25");

	(void)state;
	assert_memory_equal(address.bytes, expected, sizeof(expected));
	assert_memory_equal(mapped.bytes, expected, sizeof(expected));
	assert_true(address_is_ipv4(&address));
}

static void test_ipv6_bytes(void **state)
{
	static const uint8_t expected[16] = {[0] = 0x20, [1] = 0x01, [2] = 0x0d, [3] = 0xb8, [15] = 0x19};
	struct address address = parsed("2001:db8::19");
	struct address compatible = parsed("::203.0.113.25");

	(void)state;
	assert_memory_equal(address.bytes, expected, sizeof(expected));
	assert_false(address_is_ipv4(&address));
	assert_false(address_is_ipv4(&compatible));
}

static void test_format(void **state)
{
	static const struct {
		const char *given;
		const char *expected;
	} cases[] = {
		{"203.0.113.25", "203.0.113.25"},
		{"255.255.255.255", "255.255.255.255"},
		{"0.0.0.0", "0.0.0.0"},
		{"::FFFF:203.0.113.25", "203.0.113.25"},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
		{"::", "::"},
		{"::1", "::1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address address = parsed(cases[i].given);
		char text[ADDRESS_TEXT_SIZE];

		assert_ptr_equal(address_format(&address, text), text);
		assert_string_equal(text, cases[i].expected);
	}
}

static void test_format_endpoint(void **state)
{
	static const struct {
		const char *address;
		uint16_t port;
		const char *expected;
	} cases[] = {
		{"203.0.113.25", 25, "203.0.113.25:25"},
		{"203.0.113.25", 0, "203.0.113.25"},
		{"2001:db8::1", 25, "[2001:db8::1]:25"},
		{"2001:db8::1", 0, "2001:db8::1"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct endpoint endpoint = {.address = parsed(cases[i].address), .port = cases[i].port};
		char text[ENDPOINT_TEXT_SIZE];

		assert_ptr_equal(endpoint_format(&endpoint, text), text);
		assert_string_equal(text, cases[i].expected);
	}
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",         "localhost",  "1.2.3",        "1.2.3.4.5",  "1.2.3.256",  "01.2.3.4",     "1.2.3.4 ",
		" 1.2.3.4", "0x7f.0.0.1", "2130706433",   "1.2.3.4:25", "[::1]",      "fe80::1%eth0", ":::",
		"1::2::3",  "12345::",    "::ffff:1.2.3", "1.2.3.4\n",  "1.2.3.4/32",
	};
	struct address address;
	struct address before;

	(void)state;
	memset(&address, 0x5a, sizeof(address));
	before = address;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(address_parse(bad[i], &address), -EINVAL);
	assert_memory_equal(&address, &before, sizeof(address));
}

static void test_prefix_parse(void **state)
{
	static const struct {
		const char *text;
		const char *address;
		uint8_t length;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", 128},
		{"192.0.2.1/32", "192.0.2.1", 128},
		{"192.0.2.0/24", "192.0.2.0", 120},
		{"192.0.2.128/25", "192.0.2.128", 121},
		{"100.64.0.0/10", "100.64.0.0", 106},
		{"0.0.0.0/0", "0.0.0.0", 96},
		{"::ffff:192.0.2.0/120", "192.0.2.0", 120},
		{"2001:db8::1", "2001:db8::1", 128},
		{"2001:db8::/32", "2001:db8::", 32},
		{"fc00::/7", "fc00::", 7},
		{"::/0", "::", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix prefix = parsed_prefix(cases[i].text);
		struct address address = parsed(cases[i].address);

		assert_memory_equal(&prefix.address, &address, sizeof(address));
		assert_int_equal(prefix.length, cases[i].length);
	}
}

static void test_prefix_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"/",
		"/24",
		"192.0.2.0/",
		"192.0.2.0/33",
		"192.0.2.0/-1",
		"192.0.2.0/+24",
		"192.0.2.0/24 ",
		"192.0.2.0 /24",
		"192.0.2.0/24/24",
		"192.0.2.0/255.255.255.0",
		"192.0.2.0/18446744073709551640",
		"192.0.2.1/24",
		"192.0.2.1/0",
		"192.0.2.64/25",
		"2001:db8::/129",
		"2001:db8::1/64",
		"2001:db8::/28",
		"::ffff:192.0.2.0/24",
		"mail.example.com",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/64",
	};
	struct prefix prefix;
	struct prefix before;

	(void)state;
	memset(&prefix, 0x5a, sizeof(prefix));
	before = prefix;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(prefix_parse(bad[i], &prefix), -EINVAL);
	assert_memory_equal(&prefix, &before, sizeof(prefix));
}

static void test_prefix_contains(void **state)
{
	static const struct {
		const char *prefix;
		const char *address;
		bool contained;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.0", true},
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.0/24", "192.0.1.255", false},
		{"100.64.0.0/10", "100.127.255.255", true},
		{"100.64.0.0/10", "100.128.0.0", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.0", false},
		{"0.0.0.0/0", "255.255.255.255", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},
		{"2001:db8::/32", "2001:db8:ffff::1", true},
		{"2001:db8::/32", "2001:db9::", false},
		{"fc00::/7", "fdff::1", true},
		{"fc00::/7", "fe00::1", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix prefix = parsed_prefix(cases[i].prefix);
		struct address address = parsed(cases[i].address);

		assert_int_equal(prefix_contains(&prefix, &address), cases[i].contained);
	}
}

/* Bit by bit, for each length: the leading bits stay, the rest is zero, and one flipped bit decides. */
static void test_prefix_of_each_length(void **state)
{
	struct address address;

	(void)state;
	memset(&address, 0xff, sizeof(address));
	for (unsigned int length = 0; length <= 128; length++) {
		struct prefix prefix = prefix_of(&address, (uint8_t)length);

		assert_int_equal(prefix.length, length);
		for (unsigned int bit = 0; bit < 128; bit++) {
			unsigned int mask = 0x80U >> bit % 8;
			struct address flipped = address;

			assert_int_equal((prefix.address.bytes[bit / 8] & mask) != 0, bit < length);
			flipped.bytes[bit / 8] = (uint8_t)(flipped.bytes[bit / 8] ^ mask);
			assert_int_equal(prefix_contains(&prefix, &flipped), bit >= length);
		}
	}
	assert_int_equal(prefix_of(&address, 255).length, 128);
}

static void test_loopback(void **state)
{
	static const struct {
		const char *address;
		bool is_loopback;
	} cases[] = {
		{"127.0.0.1", true},
		{"127.255.255.255", true},
		{"::1", true},
		{"126.255.255.255", false},
		{"128.0.0.0", false},
		{"::2", false},
		{"::", false},
		{"7f00::", false},
		{"::ffff:127.0.0.1", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address address = parsed(cases[i].address);
		assert_int_equal(address_is_loopback(&address), cases[i].is_loopback);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4_is_mapped),
		cmocka_unit_test(test_ipv6_bytes),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_endpoint),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_prefix_parse),
		cmocka_unit_test(test_prefix_parse_refuses),
		cmocka_unit_test(test_prefix_contains),
		cmocka_unit_test(test_prefix_of_each_length),
		cmocka_unit_test(test_loopback),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
