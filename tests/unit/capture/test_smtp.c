// SPDX-License-Identifier: GPL-2.0-only
#include "smtp_script.h"

#define GREETING "S: 220 mx\nC: EHLO a.example\nS: 250 mx\n"
#define GREETED "BANNER 220 mx\nEHLO [a.example]\nEXTENSIONS\n"
#define ENVELOPE "C: MAIL FROM:<u@a.example>\nS: 250 ok\nC: RCPT TO:<v@b.example>\nS: 250 ok\n"
#define ENVELOPED "MAIL [a.example]\nRCPT [b.example]\n"
#define MAILED GREETED ENVELOPED

static const struct smtp_case sessions[] = {
	{"a message",
	 "S: 220 mx.example ESMTP\nC: EHLO host.example\nS: 250-mx.example greets you\nS: 250-SIZE 1000\n"
	 "S: 250-PIPELINING\nS: 250-8bitmime\nS: 250-AUTH=LOGIN PLAIN\nS: 250 ENHANCEDSTATUSCODES\n"
	 "C: MAIL FROM:<u@A.Example> SIZE=10\nS: 250 2.1.0 ok\nC: RCPT TO:<v@b.example>\nS: 250 2.1.5 ok\n"
	 "C: DATA\nS: 354 go\nC: Subject: x\nC: \nC: ..dot\nC: MAIL FROM:<not@command>\nC: .\nS: 250 2.0.0 queued\n"
	 "C: QUIT\nS: 221 bye\n",
	 "BANNER 220 mx.example ESMTP\nEHLO [host.example]\n"
	 "EXTENSIONS AUTH PIPELINING SIZE 8BITMIME ENHANCEDSTATUSCODES\n"
	 "MAIL [a.example]\nRCPT [b.example]\nMESSAGE 250 46\nQUIT\n",
	 {0}},
	{"HELO has no extensions",
	 "S: 220 mx\nC: HELO x\nS: 250-mx\nS: 250 STARTTLS\n",
	 "BANNER 220 mx\nHELO [x]\n",
	 {0}},
	{"EHLO refused, then HELO",
	 "S: 220 mx\nC: EHLO x\nS: 502 what\nC: HELO x\nS: 250 mx\n",
	 "BANNER 220 mx\nEHLO [x]\nREPLY helo 502 what\nHELO [x]\n",
	 {0}},
	{"refused at the banner",
	 "S: 554 5.7.1 blocked\nC: QUIT\nS: 221 bye\n",
	 "BANNER 554 blocked\nREPLY banner 554 5.7.1 blocked\nQUIT\n",
	 {0}},
	{"pipelined",
	 GREETING "C: MAIL FROM:<>\nC: RCPT TO:<v@b>\nC: RCPT TO:<w@c>\nC: DATA\n"
		  "S: 250 ok\nS: 550 5.1.1 none\nS: 250 ok\nS: 354 go\n"
		  "C: .\nC: RSET\nC: NOOP\nS: 250 ok\nS: 250 ok\nS: 450 busy\n",
	 GREETED "MAIL []\nRCPT [b]\nRCPT [c]\nREPLY rcpt 550 5.1.1 none\nMESSAGE 250 0\nREPLY other 450 busy\n",
	 {0}},
	{"DATA refused in a pipeline",
	 GREETING "C: RCPT TO:<v@b>\nC: DATA\nS: 550 no\nS: 554 no valid recipients\nC: RSET\nS: 250 ok\nC: QUIT\n",
	 GREETED "RCPT [b]\nREPLY rcpt 550 no\nREPLY data 554 no valid recipients\nQUIT\n",
	 {0}},
	{"the message refused",
	 GREETING ENVELOPE "C: DATA\nS: 354 go\nC: x\nC: .\nS: 550 5.7.1 spam\n",
	 MAILED "MESSAGE 550 3\nREPLY message 550 5.7.1 spam\n",
	 {0}},
	{"chunks",
	 GREETING ENVELOPE "C: BDAT 7\nC> QUIT\\r\\n.\nS: 250 ok\nC: bdat 5 last\nC> \\r\\n.\\r\\n\nS: 250 queued\n",
	 MAILED "MESSAGE 250 12\n",
	 {0}},
	{"chunks pipelined, and what follows",
	 GREETING ENVELOPE "C: BDAT 7\nC> QUIT\\r\\n.\nC: bdat 5 last\nC> \\r\\n.\\r\\n\nC: BDAT 0 LAST\nC: QUIT\n"
			   "S: 250 ok\nS: 250 queued\nS: 503 none\n",
	 MAILED "QUIT\nMESSAGE 250 12\nMESSAGE 503 0\nREPLY message 503 none\n",
	 {0}},
	{"a chunk refused",
	 GREETING "C: BDAT 3\nC> abc\nS: 452 full\nC: BDAT 2 LAST\nC> de\nS: 503 no\nC: QUIT\n",
	 GREETED "REPLY message 452 full\nMESSAGE 503 2\nREPLY message 503 no\nQUIT\n",
	 {0}},
	{"chunks of a message that was given up",
	 GREETING "C: BDAT 3\nC> abc\nS: 250 a\nC: RSET\nS: 250 b\nC: BDAT 2 LAST\nC> de\nS: 250 c\n"
		  "C: BDAT 3\nC> abc\nS: 250 a\nC: MAIL FROM:<u@a>\nS: 250 b\nC: BDAT 2 LAST\nC> de\nS: 250 c\n"
		  "C: BDAT 3\nC> abc\nS: 250 a\nC: HELO a\nS: 250 b\nC: RCPT TO:<v@b>\nS: 250 b\n"
		  "C: BDAT 2\nC> de\nS: 250 b\nC: RCPT TO:<v@b>\nS: 250 b\nC: BDAT 1 LAST\nC> f\nS: 250 c\n",
	 GREETED "MESSAGE 250 2\nMAIL [a]\nMESSAGE 250 2\nHELO [a]\nRCPT [b]\nRCPT [b]\nMESSAGE 250 3\n",
	 {0}},
	{"no chunk at all",
	 GREETING "C: BDAT x\nC: BDAT 5 FIRST\nC: BDAT\nC: BDAT 5LAST\nC: BDAT -1\nS: 501 syntax\n",
	 GREETED "REPLY message 501 syntax\n",
	 {0}},
	{"a chunk without end", GREETING "C: BDAT 18446744073709551616\nC: QUIT\n", GREETED "LOST\nOPAQUE\n", {0}},
	{"chunks without end",
	 GREETING "C: BDAT 1\nC> x\nC: BDAT 18446744073709551615\nC: QUIT\n",
	 GREETED "LOST\nOPAQUE\n",
	 {0}},
	{"the server gives up", GREETING "S: 421 4.4.2 timeout\n", GREETED "REPLY other 421 4.4.2 timeout\n", {0}},
	{"the last lines have no end",
	 GREETING "C: MAIL FROM:<u@a>\nS> 450-try\\r\\n450 lat\nC> quit\n",
	 GREETED "MAIL [a]\nREPLY mail 450 try lat\nQUIT\n",
	 {0}},
	{"the last lines say little",
	 GREETING "C: MAIL FROM:<u@a>\nS: 450-try\nS> 45\nC> qui\n",
	 GREETED "MAIL [a]\nREPLY mail 450 try\n",
	 {0}},
	{"the last line is but a code",
	 GREETING "C: NOOP\nS> 450\nC> RCPT TO:<v@b\n",
	 GREETED "REPLY other 450 \nRCPT [b]\n",
	 {0}},
};

static const struct smtp_case misfits[] = {
	{"an early talker",
	 "C: EHLO bot\nC: MAIL FROM:<u@a>\nS: 220 mx\nS: 250 mx\nS: 550 no\n",
	 "NOT_SMTP client-first\nEHLO [bot]\nMAIL [a]\nBANNER 220 mx\nEXTENSIONS\nREPLY mail 550 no\n",
	 {0}},
	{"the client speaks first", "C: GET / HTTP/1.1\nS: 220 mx\n", "NOT_SMTP client-first\nOPAQUE\n", {0}},
	{"an empty line first", "C: \nC: EHLO x\n", "NOT_SMTP client-first\nOPAQUE\n", {0}},
	{"a longer word than a command", "C: EHLOS x\n", "NOT_SMTP client-first\nOPAQUE\n", {0}},
	{"first on port 465", "C: hi\n", "NOT_SMTP client-first\nOPAQUE\n", {.is_tls = true}},
	{"nearly TLS", "C> \\x16\\x03\\x01\\x00\\x05\\x02\n", "NOT_SMTP client-first\nOPAQUE\n", {0}},
	{"nearly TLS, seen late",
	 "C> \\x16\\x03\\x01\\x00\\x04\\x01\\x00\\x00\\x00\\x16\n",
	 "NOT_SMTP client-first\nOPAQUE\n",
	 {.is_tls = true}},
	{"the server is none", "S: SSH-2.0-OpenSSH\nC: SSH\n", "NOT_SMTP no-reply-code\nOPAQUE\n", {0}},
	{"a code too low", "S: 120 wait\n", "NOT_SMTP no-reply-code\nOPAQUE\n", {0}},
	{"a code too high", "S: 600 wait\n", "NOT_SMTP no-reply-code\nOPAQUE\n", {0}},
	{"a code too long", "S: 2200 mx\n", "NOT_SMTP no-reply-code\nOPAQUE\n", {0}},
	{"an empty banner", "S: \n", "NOT_SMTP no-reply-code\nOPAQUE\n", {0}},
	{"only a code", "S: 220\nC: QUIT\n", "BANNER 220 \nQUIT\n", {0}},
	{"plain on port 465", "S: 220 mx\nC: QUIT\n", "BANNER 220 mx\nQUIT\n", {.is_tls = true}},
	{"the server's side of TLS comes first",
	 "S> \\x16\\x03\\x03\nC> \\x16\n",
	 "TLS implicit []\nOPAQUE\n",
	 {.is_tls = true}},
	{"the server's side of TLS on another port", "S> \\x16\\x03\\x03\n", "NOT_SMTP no-reply-code\nOPAQUE\n", {0}},
	{"TLS behind a banner",
	 "S: 220 mx\nC> \\x16\\x03\\x01\\n\nS: 500 what\nC: QUIT\n",
	 "BANNER 220 mx\nREPLY other 500 \nQUIT\n",
	 {0}},
};

static const struct smtp_case missing[] = {
	{"from the middle", "S: 250 ok\nC: MAIL FROM:<u@a>\n", "LOST\nOPAQUE\n", {.from_middle = true}},
	{"the middle is missing", "C+ 5\n", "LOST\nOPAQUE\n", {.from_middle = true}},
	{"a command is missing", GREETING "C+ 10\nC: QUIT\n", GREETED "LOST\nOPAQUE\n", {0}},
	{"a command is missing while a reply comes in",
	 GREETING "S: 250-x\nS> 250\nC+ 10\n",
	 GREETED "LOST\nOPAQUE\n",
	 {0}},
	{"the rest of a refusal is missing",
	 GREETING "C: NOOP\nS: 550-5.7.1 bad\nS> 550-5.7.1 repu\nS+ 10\nS: x\n",
	 GREETED "REPLY other 550 5.7.1 bad repu\nLOST\nOPAQUE\n",
	 {0}},
	{"the rest of another reply is missing",
	 GREETING "C: EHLO a\nS> 250-a\\r\\n250-SIZ\nS+ 10\n",
	 GREETED "EHLO [a]\nLOST\nOPAQUE\n",
	 {0}},
	{"the last chunk is refused before it was sent",
	 GREETING "C: BDAT 4294967296 LAST\nC> x\nC+ 100\nS: 552 big\n",
	 GREETED "MESSAGE 552 101\nREPLY message 552 big\n",
	 {0}},
	{"a reply is missing", GREETING "S+ 10\nS: 500 x\n", GREETED "LOST\nOPAQUE\n", {0}},
	{"a part of a body",
	 GREETING ENVELOPE "C: DATA\nS: 354 go\nC: Subject\nC+ 1000\nC: more\nC: .\nS: 250 ok\nC: QUIT\n",
	 MAILED "MESSAGE 250 1015\nQUIT\n",
	 {0}},
	{"the end of a body",
	 GREETING ENVELOPE "C: DATA\nS: 354 go\nC: Subject\nC+ 1000\nC> half\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
	 MAILED "MESSAGE 250 1013\nQUIT\n",
	 {0}},
	{"a part of a body that nobody asked for, and DATA refused",
	 GREETING "C: DATA\nC: Subject\nC+ 1000\nS: 503 no\nC: QUIT\n",
	 GREETED "REPLY data 503 no\nLOST\nOPAQUE\n",
	 {0}},
	{"the same with its end",
	 GREETING "C: DATA\nC+ 1000\nC: \nC: .\nS: 503 no\nC: QUIT\n",
	 GREETED "REPLY data 503 no\nLOST\nOPAQUE\n",
	 {0}},
	{"a chunk to its end",
	 GREETING "C: BDAT 1000 LAST\nC> x\nC+ 999\nS: 250 ok\nC: QUIT\n",
	 GREETED "MESSAGE 250 1000\nQUIT\n",
	 {0}},
	{"more than the chunk",
	 GREETING "C: BDAT 1000 LAST\nC> x\nC+ 1001\nS: 250 ok\n",
	 GREETED "LOST\nOPAQUE\n",
	 {0}},
	{"credentials", GREETING "C: AUTH LOGIN\nC+ 10\nS: 235 ok\n", GREETED "AUTH [LOGIN]\nLOST\nOPAQUE\n", {0}},
	{"the hello of TLS", GREETING "C: STARTTLS\nS: 220 go\nC+ 500\n", GREETED "TLS starttls []\nOPAQUE\n", {0}},
	{"the server's side of TLS",
	 GREETING "C: STARTTLS\nS: 220 go\nS+ 500\nC> \\x16\n",
	 GREETED "TLS starttls []\n",
	 {0}},
};

static void test_sessions(void **state)
{
	(void)state;
	script_check_cases(sessions, ARRAY_SIZE(sessions), NULL);
}

static void test_misfits(void **state)
{
	(void)state;
	script_check_cases(misfits, ARRAY_SIZE(misfits), NULL);
}

/* A gap is one call: only what is around it is cut. */
static void test_missing(void **state)
{
	(void)state;
	script_check_cases(missing, ARRAY_SIZE(missing), NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_missing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smtp", tests, NULL, NULL);
}
