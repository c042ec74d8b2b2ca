// SPDX-License-Identifier: GPL-2.0-only
#include "signals/domain.h"

#include "support/test.h"

static void test_plain(void **state)
{
	char text[NAME_SIZE];
	char longer[2 * NAME_SIZE];

	(void)state;
	assert_string_equal(domain_plain("MX.Example.COM.", text), "mx.example.com");
	assert_string_equal(domain_plain("", text), "");
	assert_string_equal(domain_plain(".", text), "");
	assert_string_equal(domain_plain("\xff\x1b\x80", text), "\xff\x1b\x80");
	memset(longer, 'A', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(strlen(domain_plain(longer, text)), NAME_SIZE - 1);
	assert_int_equal(text[NAME_SIZE - 2], 'a');
}

static void test_within(void **state)
{
	(void)state;
	assert_true(domain_is_within("example.com", "example.com"));
	assert_true(domain_is_within("a.b.example.com", "example.com"));
	assert_false(domain_is_within("badexample.com", "example.com"));
	assert_false(domain_is_within("example.com", "a.example.com"));
	assert_false(domain_is_within("example.com.evil.net", "example.com"));
	assert_false(domain_is_within("example.com", ""));
	assert_false(domain_is_within("", "example.com"));
}

static void test_registrable(void **state)
{
	static const char *const cases[][2] = {
		{"example.com", "example.com"},
		{"a.b.example.com", "example.com"},
		{"a.example.co.uk", "example.co.uk"},
		{"example.co.uk", "example.co.uk"},
		{"co.uk", "co.uk"},
		{"a.com.br", "a.com.br"},
		{"co.example.com", "example.com"},
		{"a.co.info", "co.info"}, /* only below a country */
		{"localhost", "localhost"},
		{"", ""},
		{".", "."},
		{"..", "."},
		{"a..b", ".b"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(domain_registrable(cases[i][0]), cases[i][1]);
}

static void test_label(void **state)
{
	(void)state;
	assert_true(domain_has_label("shop42.example.com", "shop42"));
	assert_true(domain_has_label("www.shop42.com", "shop42"));
	assert_false(domain_has_label("shop421.com", "shop42"));
	assert_false(domain_has_label("www.shop", "shop"));
	assert_false(domain_has_label("shop", "shop"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_registrable),
		cmocka_unit_test(test_label),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
