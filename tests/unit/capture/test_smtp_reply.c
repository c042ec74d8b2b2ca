// SPDX-License-Identifier: GPL-2.0-only
#include "smtp_script.h"

#define GREETING "S: 220 mx\nC: RCPT TO:<v@b>\n"
#define GREETED "BANNER 220 mx\nRCPT [b]\n"

static const struct smtp_case replies[] = {
	{"lines are joined",
	 GREETING "S: 550-one\nS: 550-two\nS: 550 three\n",
	 GREETED "REPLY rcpt 550 one two three\n",
	 {0}},
	{"enhanced codes are taken out",
	 GREETING "S: 550-5.7.26 one\nS: 550-5.7.26  two\nS: 550-5.7.26\nS: 550 5.7.26 three\n",
	 GREETED "REPLY rcpt 550 5.7.26 one two three\n",
	 {0}},
	{"another enhanced code is text",
	 GREETING "S: 550-5.7.1 one\nS: 550 5.7.2 two\n",
	 GREETED "REPLY rcpt 550 5.7.1 one 5.7.2 two\n",
	 {0}},
	{"the second line has it",
	 GREETING "S: 450-one\nS: 450 4.2.1 two\n",
	 GREETED "REPLY rcpt 450 4.2.1 one two\n",
	 {0}},
	{"only a code", GREETING "S: 550 5.1.1\n", GREETED "REPLY rcpt 550 5.1.1 \n", {0}},
	{"long numbers", GREETING "S: 550 5.999.999 x\n", GREETED "REPLY rcpt 550 5.999.999 x\n", {0}},
	{"too long numbers", GREETING "S: 550 5.1000.1 x\n", GREETED "REPLY rcpt 550 5.1000.1 x\n", {0}},
	{"an address", GREETING "S: 550 5.6.7.8 x\n", GREETED "REPLY rcpt 550 5.6.7.8 x\n", {0}},
	{"no enhanced codes",
	 GREETING "S: 550-3.1.1 x\nS: 550-5.1 x\nS: 550-5..1 x\nS: 550-5.1.1x\nS: 550 5\n",
	 GREETED "REPLY rcpt 550 3.1.1 x 5.1 x 5..1 x 5.1.1x 5\n",
	 {0}},
	{"the last code counts", GREETING "S: 250-one\nS: 550 two\n", GREETED "REPLY rcpt 550 one two\n", {0}},
	{"with its enhanced code",
	 GREETING "S: 250-2.1.0 one\nS: 550 5.7.1 two\n",
	 GREETED "REPLY rcpt 550 5.7.1 one two\n",
	 {0}},
	{"which it may not have", GREETING "S: 250-2.1.0 one\nS: 550 two\n", GREETED "REPLY rcpt 550 one two\n", {0}},
	{"and also where it is a good one",
	 GREETING "S: 550-one\nS: 250 two\nC: NOOP\nS: 450 x\n",
	 GREETED "REPLY other 450 x\n",
	 {0}},
	{"empty lines", GREETING "S: 550-\nS: 550-one\nS: 550-\nS: 550\n", GREETED "REPLY rcpt 550 one\n", {0}},
	{"bare LF", GREETING "S> 550-one\\n550 two\\n\n", GREETED "REPLY rcpt 550 one two\n", {0}},
	{"bare CR", GREETING "S> 550-o\\rne\\r\\r\\n550 two\\r\\r\\n\n", GREETED "REPLY rcpt 550 o\rne two\n", {0}},
	{"NUL", GREETING "S: 550 \\0\n", GREETED "REPLY rcpt 550 \x1a\n", {0}},
	{"no replies between them",
	 GREETING "S: 550-one\nS: what\nS: \nS: 55\nS: 999 x\nS: 5500 x\nS: 550x\nS: 550 two\n",
	 GREETED "REPLY rcpt 550 one two\n",
	 {0}},
	{"no replies", GREETING "S: what\nS: 550 one\n", GREETED "REPLY rcpt 550 one\n", {0}},
	{"a banner of lines", "S: 220-one\nS: 220 two\n", "BANNER 220 one two\n", {0}},
	{"no reply in a banner", "S: 220-one\nS: what\nS: 220 two\n", "BANNER 220 one two\n", {0}},
	{"a banner without end", "S: 220-one\nS> 220-two\n", "BANNER 220 one two\n", {0}},
	{"only a part of a banner", "S> 22\n", "", {0}},
	{"extensions",
	 "S: 220 mx\nC: EHLO a\nS: 250-STARTTLS\nS: 250-CHUNKING x\nS: 250-smtputf8\nS: 250-DSNX\nS: 250-DS\nS: 250-\n"
	 "S: 250 STARTTLS\n",
	 "BANNER 220 mx\nEHLO [a]\nEXTENSIONS STARTTLS CHUNKING SMTPUTF8\n",
	 {0}},
	{"extensions of a refusal",
	 "S: 220 mx\nC: EHLO a\nS: 550-STARTTLS\nS: 550 DSN\n",
	 "BANNER 220 mx\nEHLO [a]\nREPLY helo 550 STARTTLS DSN\n",
	 {0}},
	{"extensions without end",
	 "S: 220 mx\nC: EHLO a\nS: 250-mx\nS: 250-DSN\nS> 250\n",
	 "BANNER 220 mx\nEHLO [a]\nEXTENSIONS DSN\n",
	 {0}},
};

static void test_replies(void **state)
{
	(void)state;
	script_check_cases(replies, ARRAY_SIZE(replies), NULL);
}

/* Many lines are one text with a bound, and the same in each split. */
static void test_long_reply(void **state)
{
	char script[32768] = "S: 220 mx\nC: NOOP\n";
	char told[DIALOGUE_TEXT_SIZE + 64] = "BANNER 220 mx\nREPLY other 550 5.7.1 ";
	struct smtp_case row = {"a long reply", script, told, {0}};
	size_t start = strlen(told);

	(void)state;
	for (unsigned int i = 0; i < 200; i++)
		strcat(script, i < 199 ? "S: 550-5.7.1 0123456789abcde\n" : "S: 550 5.7.1 0123456789abcde\n");
	for (unsigned int i = 0; i < DIALOGUE_TEXT_SIZE - 1; i++)
		told[start + i] = "0123456789abcde "[i % 16];
	told[start + DIALOGUE_TEXT_SIZE - 1] = '\n';
	told[start + DIALOGUE_TEXT_SIZE] = '\0';
	script_check_case(&row, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_long_reply),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smtp_reply", tests, NULL, NULL);
}
