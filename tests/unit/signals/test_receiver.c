// SPDX-License-Identifier: GPL-2.0-only
#include "signals/receiver.h"

#include "support/observations.h"

static void assert_name(const char *receiver, const char *mx_domain, const char *domain, const char *address,
			const char *expected)
{
	const struct dialogue_event event = {.kind = DIALOGUE_REPLY, .receiver = receiver};
	struct flow flow = {.remote = endpoint_at(address, 25)};
	char name[RECEIVER_NAME_SIZE];

	snprintf(flow.mx_domain, sizeof(flow.mx_domain), "%s", mx_domain);
	snprintf(flow.domain, sizeof(flow.domain), "%s", domain);
	memset(name, 'x', sizeof(name));
	receiver_find_name(&event, &flow, name);
	assert_string_equal(name, expected);
	for (size_t i = strlen(expected); i < sizeof(name); i++)
		assert_int_equal(name[i], 0);
}

static void test_whose_name(void **state)
{
	(void)state;
	assert_name("gmail", "example.com", "mx.google.com", "203.0.113.25", "gmail");
	assert_name("barracuda", "", "", "203.0.113.25", "barracuda");
	assert_name("postfix", "example.com", "mx.example.net", "203.0.113.25", "example.com");
	assert_name("any", "", "mx.example.net", "203.0.113.25", "example.net");
	assert_name("spamhaus", "", "", "203.0.113.25", "203.0.113.0/24");
	assert_name("spamcop", "", "", "2001:db8:1:2::25", "2001:db8:1::/48");
	assert_name("uceprotect", "", "", "203.0.113.25", "203.0.113.0/24");
	assert_name("abusix", "", "", "203.0.113.25", "203.0.113.0/24");
	assert_name(NULL, "", "", "203.0.113.25", "203.0.113.0/24");
}

static void test_registered_part(void **state)
{
	static const struct {
		const char *domain;
		const char *name;
	} cases[] = {
		{"example.com", "example.com"},
		{"mx.example.com", "example.com"},
		{"a.b.c.d.example.com", "example.com"},
		{"mx00.gmx.de", "gmx.de"},
		{"mx.example.co.uk", "example.co.uk"},
		{"example.co.uk", "example.co.uk"},
		{"co.uk", "co.uk"},
		{"mx.co.com", "co.com"},
		{"mx.xco.uk", "xco.uk"},
		{"localhost", "localhost"},
		{".", "."},
		{"..", "."},
		{"a..", "."},
		{".com", ".com"},
		{"com.", "com."},
		{"123456789012345678901234567890123456789012345678901234567890123.com",
		 "123456789012345678901234567890123456789012345678901234567890123.com" + 67 - 47},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_name("postfix", cases[i].domain, "", "203.0.113.25", cases[i].name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_name),
		cmocka_unit_test(test_registered_part),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("receiver", tests, NULL, NULL);
}
