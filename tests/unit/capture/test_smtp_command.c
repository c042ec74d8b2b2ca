// SPDX-License-Identifier: GPL-2.0-only
#include "smtp_script.h"

struct path_case {
	const char *command;
	const char *domain;
	const char *address;
};

static const struct path_case paths[] = {
	{"MAIL FROM:<user@Example.ORG>", "example.org", "user@Example.ORG"},
	{"mail from:<user@example.org> SIZE=10 BODY=8BITMIME", "example.org", "user@example.org"},
	{"MAIL FROM: <user@a>", "a", "user@a"},
	{"MAIL  FROM : < user@a > ", "a", "user@a"},
	{"MAIL\\tFROM:\\t<user@a>", "a", "user@a"},
	{"MAIL FROM:<>", "", ""},
	{"MAIL FROM:<> AUTH=<> SIZE=1", "", ""},
	{"MAIL FROM:", "", ""},
	{"MAIL", "", ""},
	{"MAIL FROM:user@a", "a", "user@a"},
	{"MAIL FROM:user@a SIZE=1@b", "a", "user@a"},
	{"MAIL FROM user@a", "a", "user@a"},
	{"MAIL FROM <user@a>", "a", "user@a"},
	{"MAIL <user@a>", "a", "user@a"},
	{"MAIL FROM:<user@a", "a", "user@a"},
	{"MAIL FROM:<user@a SIZE=1@b", "a", "user@a"},
	{"MAIL FROM:< user@a SIZE=1", "a", "user@a"},
	{"MAIL FROM:user@a>", "a>", "user@a>"},
	{"MAIL FROM:<\"a@b\"@c>", "c", "\"a@b\"@c"},
	{"MAIL FROM:<\"a> b\"@c> X", "c", "\"a> b\"@c"},
	{"MAIL FROM:<\"a\\\\\"@b\"@c>", "c", "\"a\\\"@b\"@c"},
	{"MAIL FROM:<\"a\\\\\">\\\\\"b\"@c>", "c", "\"a\\\">\\\"b\"@c"},
	{"MAIL FROM:<a\\\\@b@c>", "c", "a\\@b@c"},
	{"MAIL FROM:<\"a@b>", "b", "\"a@b"},
	{"MAIL FROM:<\"a@b> X=\"", "", "\"a@b> X=\""},
	{"MAIL FROM:<\"a>\"@b> X=\"", "b", "\"a>\"@b"},
	{"MAIL FROM:\"a b\"@c X", "c", "\"a b\"@c"},
	{"MAIL FROM:<@r,@s:user@a>", "a", "@r,@s:user@a"},
	{"MAIL FROM:<a@b@c>", "c", "a@b@c"},
	{"MAIL FROM:<user@[192.0.2.1]>", "[192.0.2.1]", "user@[192.0.2.1]"},
	{"MAIL FROM:<user@[IPv6:2001:DB8::1]>", "[ipv6:2001:db8::1]", "user@[IPv6:2001:DB8::1]"},
	{"MAIL FROM:<us\\xc3\\xa9r@\\xc3\\x89.example>", "\xc3\x89.example", "us\xc3\xa9r@\xc3\x89.example"},
	{"MAIL FROM:<postmaster>", "", "postmaster"},
	{"MAIL FROM:<user@>", "", "user@"},
	{"MAIL FROM:<u\\0@a\\0b>", "a\x1a\x62", "u\x1a@a\x1a\x62"},
	{"MAIL FROM:<user@ a >", "a", "user@ a"},
	{"MAIL FROM:<a@b>c@d>", "b", "a@b"},
	{"MAIL FROM:<\\\\", "", "\\"},
	{"MAIL FROM:\"", "", "\""},
};

static void check_path(const struct path_case *row, bool keep_addresses, const char *keyword)
{
	char script[512];
	char told[512];
	struct smtp_case as_case = {row->command, script, told, {.keep_addresses = keep_addresses}};
	const char *rest = row->command + strlen("MAIL");

	snprintf(script, sizeof(script), "S: 220 mx\nC: %s%s\n", keyword, rest);
	if (keep_addresses)
		snprintf(told, sizeof(told), "BANNER 220 mx\n%s [%s] <%s>\n", keyword, row->domain, row->address);
	else
		snprintf(told, sizeof(told), "BANNER 220 mx\n%s [%s]\n", keyword, row->domain);
	script_check_case(&as_case, NULL);
}

static void test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		check_path(&paths[i], true, "MAIL");
		check_path(&paths[i], false, "MAIL");
		check_path(&paths[i], true, "RCPT");
	}
}

/* What is too long loses its end. */
static void test_long_names(void **state)
{
	char script[4096] = "S: 220 mx\nC: EHLO ";
	char told[4096] = "BANNER 220 mx\nEHLO [";
	struct smtp_case row = {"long names", script, told, {.keep_addresses = true}};

	(void)state;
	memset(strchr(script, '\0'), 'n', 700);
	strcat(script, "\nC: RCPT TO:<v@");
	memset(strchr(script, '\0'), 'd', 700);
	strcat(script, ">\n");
	memset(strchr(told, '\0'), 'n', DIALOGUE_NAME_SIZE - 1);
	strcat(told, "]\nRCPT [");
	memset(strchr(told, '\0'), 'd', DIALOGUE_NAME_SIZE - 1);
	strcat(told, "] <v@");
	memset(strchr(told, '\0'), 'd', DIALOGUE_ADDRESS_SIZE - 1 - strlen("v@"));
	strcat(told, ">\n");
	script_check_case(&row, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_long_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smtp_command", tests, NULL, NULL);
}
