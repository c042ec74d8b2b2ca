// SPDX-License-Identifier: GPL-2.0-only
#include "capture/blocklists.h"

#include "support/test.h"

#define NIBBLES_8 "8.b.d.0.1.0.f.2."
#define NIBBLES_32 NIBBLES_8 NIBBLES_8 NIBBLES_8 NIBBLES_8

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool is_listed;
	} cases[] = {
		{"25.113.0.203.zen.spamhaus.org", true},
		{"0.0.0.255.bl.example", true},
		{"25.113.0.203", true},
		{"abcdefghijkl.25.113.0.203.dnsbl.httpbl.org", true},
		{"abcdefghijkl.25.113.0.203.bl.example", true},
		{NIBBLES_32 "zen.spamhaus.org", true},
		{"key." NIBBLES_32 "bl.example", true},
		{"example.com.key.dbl.dq.spamhaus.net", true},
		{"0123456789abcdef.key.hbl.dq.spamhaus.net", true},
		{"example.com.key.dblack.mail.abusix.zone", true},
		{"example.com.dbl.spamhaus.org", true},
		{"example.com.multi.surbl.org", true},
		{"dq.spamhaus.net", true},
		{"", false},
		{"gmail.com", false},
		{"gmail-smtp-in.l.google.com", false},
		{"1.2.3.example", false},
		{"1.2.3.x.4.example", false},
		{"1.2.3.256.example", false},
		{"1.2.3.0004.example", false},
		{"1-2-3-4.example", false},
		{NIBBLES_8 NIBBLES_8 NIBBLES_8 "8.b.d.0.1.0.f.example", false},
		{"spamhaus.net", false},
		{"xdq.spamhaus.net", false},
		{"dq.spamhaus.net.example", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (blocklist_has_name(cases[i].name) != cases[i].is_listed)
			fail_msg("%s", cases[i].name);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *name;
		const char *address;
		bool is_lists;
	} cases[] = {
		{"example.com.bl.example", "127.0.0.2", true},
		{"example.com.bl.example", "127.255.255.254", true},
		{"localhost.example", "127.0.0.1", true},
		{"mylocalhost", "127.0.0.1", true},
		{"localhost", "127.0.0.1", false},
		{"shop.localhost", "127.0.0.1", false},
		{"localhost.localdomain", "127.0.0.1", false},
		{"example.com", "203.0.113.25", false},
		{"example.com", "128.0.0.1", false},
		{"example.com", "::1", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct address address;
		assert_int_equal(address_parse(cases[i].address, &address), 0);
		if (blocklist_gives_address(cases[i].name, &address) != cases[i].is_lists)
			fail_msg("%s %s", cases[i].name, cases[i].address);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_addresses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("blocklists", tests, NULL, NULL);
}
