// SPDX-License-Identifier: GPL-2.0-only
/* What counts is what the server made of the client's bytes. */
#include "smtp_script.h"

#define GREETING "S: 220 mx\nC: EHLO a\nS: 250 mx\n"
#define GREETED "BANNER 220 mx\nEHLO [a]\nEXTENSIONS\n"
#define SENDER "C: MAIL FROM:<u@a>\nS: 250 ok\n"

static const struct smtp_case unasked[] = {
	{"all at once, and accepted",
	 "S: 220 mx\nC: HELO a\nC: MAIL FROM:<u@a>\nC: RCPT TO:<v@b>\nC: DATA\nC: MAIL FROM:<x@y>\nC: .\nC: MAIL "
	 "FROM:<u@c>\n"
	 "C: RCPT TO:<v@d>\nC: DATA\nC: .\nC: QUIT\n"
	 "S: 250 a\nS: 250 b\nS: 250 c\nS: 354 d\nS: 250 e\nS: 250 f\nS: 550 g\nS: 354 h\nS: 554 i\nS: 221 j\n",
	 "BANNER 220 mx\nHELO [a]\nMAIL [a]\nRCPT [b]\nMAIL [c]\nRCPT [d]\nQUIT\nMESSAGE 250 17\nREPLY rcpt 550 g\n"
	 "MESSAGE 554 0\nREPLY message 554 i\n",
	 {0}},
	{"all at once, and DATA refused",
	 GREETING SENDER "C: DATA\nC: Subject: x\nC: \nC: .\nC: RCPT TO:<v@b>\nS: 503 a\nS: 500 b\nS: 500 c\nS: 500 d\n"
			 "S: 550 e\nC: QUIT\n",
	 GREETED "MAIL [a]\nRCPT [b]\nREPLY data 503 a\nREPLY other 500 \nREPLY other 500 \nREPLY other 500 \n"
		 "REPLY rcpt 550 e\nQUIT\n",
	 {0}},
	{"a part of the body before the answer",
	 GREETING "C: DATA\nC> Sub\nS: 354 a\nC: ject\nC: .\nS: 250 b\nC: QUIT\n",
	 GREETED "MESSAGE 250 9\nQUIT\n",
	 {0}},
	{"a part of the body before the refusal",
	 GREETING "C: DATA\nC: x\nC> QUI\nS: 503 a\nS: 500 b\nC: T\nC: RCPT TO:<v@b>\nS: 500 c\nS: 550 d\n",
	 GREETED "REPLY data 503 a\nREPLY other 500 \nRCPT [b]\nREPLY other 500 \nREPLY rcpt 550 d\n",
	 {0}},
	{"DATA is answered without asking for more", GREETING "C: DATA\nS: 250 what\nC: QUIT\n", GREETED "QUIT\n", {0}},
	{"DATA with an argument", GREETING "C: DATA x\nS: 501 no\nC: QUIT\n", GREETED "REPLY data 501 no\nQUIT\n", {0}},
};

static const struct smtp_case smuggling[] = {
	{"LF.LF that the server takes",
	 GREETING "C: DATA\nS: 354 a\nC> x\\n.\\n\nS: 250 b\nC: QUIT\n",
	 GREETED "MESSAGE 250 2\nQUIT\n",
	 {0}},
	{"LF.CRLF",
	 GREETING "C: DATA\nS: 354 a\nC> x\\n.\\r\\n\nS: 250 b\nC: QUIT\n",
	 GREETED "MESSAGE 250 2\nQUIT\n",
	 {0}},
	{"CRLF.LF",
	 GREETING "C: DATA\nS: 354 a\nC> x\\r\\n.\\n\nS: 250 b\nC: QUIT\n",
	 GREETED "MESSAGE 250 3\nQUIT\n",
	 {0}},
	{"CRLF.CR",
	 GREETING "C: DATA\nS: 354 a\nC> x\\r\\n.\\r\nS: 250 b\nC: QUIT\n",
	 GREETED "MESSAGE 250 3\nQUIT\n",
	 {0}},
	{"CR.CR",
	 GREETING "C: DATA\nS: 354 a\nC> x\\r.\\r\nS: 550 b\nC: QUIT\n",
	 GREETED "MESSAGE 550 2\nREPLY message 550 b\nQUIT\n",
	 {0}},
	{"what the server does not take is text",
	 GREETING "C: DATA\nS: 354 a\nC> x\\n.\\nMAIL FROM:<u@b>\\r\\ny\\r\\n.\\r\\n\nS: 250 b\nC: QUIT\n",
	 GREETED "MESSAGE 250 24\nQUIT\n",
	 {0}},
	{"what it took behind the mark is not known",
	 GREETING "C: DATA\nS: 354 a\nC> x\\n.\\nMAIL FROM:<u@b>\\r\\n\nS: 250 b\nS: 250 c\nC: QUIT\n",
	 GREETED "MESSAGE 250 2\nLOST\nOPAQUE\n",
	 {0}},
	{"a second mark behind the first",
	 GREETING "C: DATA\nS: 354 a\nC> x\\n.\\nDATA\\r\\ny\\n.\\n\nS: 250 b\nS: 354 c\nC: QUIT\n",
	 GREETED "MESSAGE 250 2\nLOST\nOPAQUE\n",
	 {0}},
	{"it asks for a body that nobody saw",
	 GREETING "C: DATA\nS: 354 a\nC> x\\n.\\nDATA\\r\\ny\\r\\n.\\r\\n\nS: 250 b\nS: 354 c\nC: QUIT\n",
	 GREETED "MESSAGE 250 13\nLOST\nOPAQUE\n",
	 {0}},
	{"the answer comes before the end",
	 GREETING "C: DATA\nS: 354 a\nC: x\nC> MA\nS: 552 b\nC: IL FROM:<u@b>\nC: QUIT\nC: .\nC: QUIT\nS: 421 c\n",
	 GREETED "MESSAGE 552 5\nREPLY message 552 b\nQUIT\nREPLY other 421 c\n",
	 {0}},
	{"and another behind it",
	 GREETING "C: DATA\nS: 354 a\nC: x\nS: 552 b\nS: 421 c\nC: QUIT\n",
	 GREETED "MESSAGE 552 3\nREPLY message 552 b\nREPLY other 421 c\n",
	 {0}},
	{"asked twice", GREETING "C: DATA\nS: 354 a\nS: 354 a\nC: .\nS: 250 b\n", GREETED "MESSAGE 250 0\n", {0}},
};

static const struct smtp_case tls[] = {
	{"refused, and on in clear",
	 GREETING "C: STARTTLS\nS: 454 4.7.0 not now\nC: MAIL FROM:<u@a>\nS: 530 5.7.0 must\n",
	 GREETED "REPLY starttls 454 4.7.0 not now\nMAIL [a]\nREPLY mail 530 5.7.0 must\n",
	 {0}},
	{"no TLS follows", GREETING "C: STARTTLS\nS: 220 go\nC: QUIT\n", GREETED "TLS starttls []\nOPAQUE\n", {0}},
	{"nothing follows", GREETING "C: STARTTLS\nS: 220 go\nS: 500 x\n", GREETED "TLS starttls []\n", {0}},
	{"injected commands",
	 GREETING "C: STARTTLS\nC: MAIL FROM:<u@a>\nS: 220 go\nC> \\x16\\x03\\x01\\x00\\x01\\x01\n",
	 GREETED "TLS starttls []\n",
	 {0}},
};

static const struct smtp_case order[] = {
	{"not asked for", GREETING "C: NOOP\nS: 354 x\n", GREETED "LOST\nOPAQUE\n", {0}},
	{"provisional", GREETING "C: NOOP\nS: 150 wait\nS: 450 busy\n", GREETED "REPLY other 450 busy\n", {0}},
	{"out of the blue",
	 GREETING "S: 250 a\nS: 550 5.7.1 b\nC: NOOP\nS: 450 c\n",
	 GREETED "REPLY other 550 5.7.1 b\nREPLY other 450 c\n",
	 {0}},
};

#define CHECK(name)                                               \
	static void test_##name(void **state)                     \
	{                                                         \
		(void)state;                                      \
		script_check_cases(name, ARRAY_SIZE(name), NULL); \
	}

CHECK(unasked)
CHECK(smuggling)
CHECK(tls)
CHECK(order)

/* Commands whose answers do not come: they take a bounded place. */
static void test_too_many_outstanding(void **state)
{
	static const struct smtp_options options;
	static const uint8_t banner[] = "220 mx\r\n";
	static const uint8_t commands[] = "NOOP\r\nRCPT TO:<v@b>\r\n";
	char *told = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&told, &size);
	struct smtp *smtp = smtp_new(&options, script_take, stream);
	unsigned int count = 0;

	(void)state;
	smtp_read(smtp, STREAM_SERVER, banner, sizeof(banner) - 1);
	while (!smtp_read(smtp, STREAM_CLIENT, commands, sizeof(commands) - 1).is_opaque)
		count++;
	assert_int_equal(count, 512);
	smtp_end(smtp);
	smtp_free(smtp);
	fclose(stream);
	assert_string_equal(told + size - strlen("[b]\nLOST\n"), "[b]\nLOST\n");
	free(told);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_smuggling),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_too_many_outstanding),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smtp_answer", tests, NULL, NULL);
}
