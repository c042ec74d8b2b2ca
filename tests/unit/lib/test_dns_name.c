// SPDX-License-Identifier: GPL-2.0-only
#include "lib/dns_name.h"

#include "support/test.h"

#include <errno.h>

#define LABEL_63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61
#define LABEL_61 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy"

static void test_names(void **state)
{
	static const char *const good[][2] = {
		{"relay", "relay"},
		{"Relay.Example.COM", "relay.example.com"},
		{"relay.example.com.", "relay.example.com"},
		{"1.2.3.4x", "1.2.3.4x"},
		{"3.example", "3.example"},
		{"a_b.xn--bcher-kva.example", "a_b.xn--bcher-kva.example"},
		{NAME_253, NAME_253},
		{NAME_253 ".", NAME_253},
	};
	char name[DNS_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(dns_name_parse(good[i][0], name), 0);
		assert_string_equal(name, good[i][1]);
	}
}

static void test_no_names(void **state)
{
	static const char *const bad[] = {
		"",
		".",
		"..",
		"a..b",
		".a",
		"192.0.2.1",
		"192.0.2.256",
		"1",
		"a.1",
		"-a.example",
		"a-.example",
		"a b",
		"a/b",
		"a\033b.example",
		"b\xc3\xbc"
		"cher.example",
		"*.example.com",
		LABEL_63 "x.example",
		NAME_253 "x",
		NAME_253 "x.",
		"a.example..",
	};
	char name[DNS_NAME_SIZE] = "untouched";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(dns_name_parse(bad[i], name), -EINVAL);
		assert_string_equal(name, "untouched");
	}
}

static void test_patterns(void **state)
{
	static const char *const bad[] = {
		"*", "*.", "*.com", "*.*.example.com", "*a.example.com", "a.*.example.com", "*." NAME_253};
	char pattern[DNS_NAME_SIZE];

	(void)state;
	assert_int_equal(dns_pattern_parse("*.Relay.Example.", pattern), 0);
	assert_string_equal(pattern, "*.relay.example");
	assert_true(dns_pattern_is_wildcard(pattern));
	assert_true(dns_pattern_matches(pattern, "a.relay.example"));
	assert_true(dns_pattern_matches(pattern, "a.b.relay.example"));
	assert_false(dns_pattern_matches(pattern, "relay.example"));
	assert_false(dns_pattern_matches(pattern, ".relay.example"));
	assert_false(dns_pattern_matches(pattern, "arelay.example"));
	assert_false(dns_pattern_matches(pattern, "a.relay.example.evil.example"));
	assert_int_equal(dns_pattern_parse("relay.example", pattern), 0);
	assert_false(dns_pattern_is_wildcard(pattern));
	assert_true(dns_pattern_matches(pattern, "relay.example"));
	assert_false(dns_pattern_matches(pattern, "a.relay.example"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(dns_pattern_parse(bad[i], pattern), -EINVAL);
}

static void test_any_pattern(void **state)
{
	static const char patterns[][DNS_NAME_SIZE] = {"*.relay.example", "mx.example"};

	(void)state;
	assert_true(dns_patterns_match(patterns, 2, "a.relay.example"));
	assert_true(dns_patterns_match(patterns, 2, "mx.example"));
	assert_false(dns_patterns_match(patterns, 1, "mx.example"));
	assert_false(dns_patterns_match(patterns, 2, "relay.example"));
	assert_false(dns_patterns_match(patterns, 0, "a.relay.example"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_any_pattern),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dns_name", tests, NULL, NULL);
}
