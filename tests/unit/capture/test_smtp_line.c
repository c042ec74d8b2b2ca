// SPDX-License-Identifier: GPL-2.0-only
/* Secrets, and lines that may be some: they are in no event, nowhere in memory, and not clear. */
#include "capture/smtp_session.h"
#include "smtp_script.h"

#define SECRET "c2VjcmV0S3cr3t"
#define GREETING "S: 220 mx\nC: EHLO a\nS: 250 mx\n"
#define GREETED "BANNER 220 mx\nEHLO [a]\nEXTENSIONS\n"

static const struct smtp_case secrets[] = {
	{"an initial response",
	 GREETING "C: AUTH PLAIN " SECRET "\nS: 235 2.7.0 ok\nC: MAIL FROM:<u@b>\nS: 450 busy\n",
	 GREETED "AUTH [PLAIN]\nMAIL [b]\nREPLY mail 450 busy\n",
	 {0}},
	{"an exchange",
	 GREETING "C: auth login\nS: 334 VXNlcm5hbWU6\nC: " SECRET "\nS: 334 UGFzc3dvcmQ6" SECRET "\nC: " SECRET
		  "\nS: 535 5.7.8 no\nC: QUIT\n",
	 GREETED "AUTH [LOGIN]\nREPLY auth 535 5.7.8 no\nQUIT\n",
	 {0}},
	{"an exchange that is not waited for",
	 GREETING "C: AUTH LOGIN\nC: " SECRET "\nC: " SECRET "\nS: 334 a\nS: 334 b\nS: 535 no\nC: RCPT TO:<v@b>\n"
		  "S: 550 none\n",
	 GREETED "AUTH [LOGIN]\nREPLY auth 535 no\nRCPT [b]\nREPLY rcpt 550 none\n",
	 {0}},
	{"an exchange that the server does not want",
	 GREETING "C: AUTH LOGIN\nC: " SECRET "\nC: " SECRET "\nC: RCPT TO:<v@b>\nS: 503 no\nS: 500 what " SECRET
		  "\nC: NOOP\nS: 500 what " SECRET "\nS: 550 none\nS: 450 busy\n",
	 GREETED "AUTH [LOGIN]\nREPLY auth 503 \nREPLY other 500 \nREPLY other 500 \nREPLY other 550 \n"
		 "REPLY other 450 busy\n",
	 {0}},
	{"the rest of a line behind the answer",
	 GREETING "C: AUTH LOGIN\nS: 334 a\nC> c2VjcmV0\nS: 421 bye\nC: S3cr3t\nC: NOOP\nS: 450 busy\n",
	 GREETED "AUTH [LOGIN]\nREPLY auth 421 bye\nREPLY other 450 busy\n",
	 {0}},
	{"the rest of a line that was not asked for",
	 GREETING "C: AUTH LOGIN\nC> c2VjcmV0\nS: 421 bye\nC: S3cr3t\nC: NOOP\nS: 500 x\nS: 450 busy\n",
	 GREETED "AUTH [LOGIN]\nREPLY auth 421 bye\nREPLY other 500 \nREPLY other 450 busy\n",
	 {0}},
	{"out of step",
	 GREETING "C: AUTH LOGIN\nS: 504 no\nC: " SECRET "\nS: 500 unknown: " SECRET "\nC: QUIT\n",
	 GREETED "AUTH [LOGIN]\nREPLY auth 504 \nREPLY other 500 \nQUIT\n",
	 {0}},
	{"two spaces", GREETING "C: AUTH  PLAIN  " SECRET "\n", GREETED "AUTH [PLAIN]\n", {0}},
	{"a space before, tabs between", GREETING "C:  \\tAuth\\tPlain\\t" SECRET "\n", GREETED "AUTH [PLAIN]\n", {0}},
	{"no space",
	 GREETING "C: AUTHPLAIN " SECRET "\nS: 500 \"AUTHPLAIN " SECRET "\"\n",
	 GREETED "REPLY auth 500 \n",
	 {0}},
	{"in the mechanism's place",
	 GREETING "C: AUTH " SECRET "\nS: 504 no " SECRET "\n",
	 GREETED "AUTH []\nREPLY auth 504 \n",
	 {0}},
	{"stuck to the mechanism", GREETING "C: AUTH PLAIN" SECRET "\n", GREETED "AUTH []\n", {0}},
	{"stuck with =", GREETING "C: AUTH PLAIN=" SECRET "\n", GREETED "AUTH []\n", {0}},
	{"a part of a mechanism", GREETING "C: AUTH PLAI " SECRET "\n", GREETED "AUTH []\n", {0}},
	{"no mechanism", GREETING "C: AUTH\nC: " SECRET "\nC: AUTH \nS: 501 x\n", GREETED "REPLY auth 501 \n", {0}},
	{"the line has no end", GREETING "C> AUTH PLAIN " SECRET "\n", GREETED "AUTH [PLAIN]\n", {0}},
	{"bare LF", GREETING "C> AUTH PLAIN " SECRET "\\nQUIT\\n\nS: 235 ok\n", GREETED "AUTH [PLAIN]\n", {0}},
	{"behind a bare CR", GREETING "C: EHLO b\\rAUTH PLAIN " SECRET "\n", GREETED "EHLO [b]\n", {0}},
	{"behind a NUL", GREETING "C: \\0AUTH PLAIN " SECRET "\n", GREETED, {0}},
	{"AUTH that was not seen as such",
	 GREETING "C: QUERTY LOGIN\nS: 334 x\nC: " SECRET "\nS: 235 ok\nC: QUIT\n",
	 GREETED "QUIT\n",
	 {0}},
	{"a challenge out of the blue",
	 GREETING "S: 334 x\nC: " SECRET "\nS: 500 " SECRET "\nC: QUIT\n",
	 GREETED "REPLY auth 500 \nQUIT\n",
	 {0}},
	{"quoted out of the blue", GREETING "S: 500 " SECRET "\nC: QUIT\n", GREETED "REPLY other 500 \nQUIT\n", {0}},
	{"before the banner",
	 "C: AUTH PLAIN " SECRET "\nS: 220 mx\nS: 503 no\n",
	 "NOT_SMTP client-first\nAUTH [PLAIN]\nBANNER 220 mx\nREPLY auth 503 \n",
	 {0}},
	{"as an argument that nobody needs",
	 GREETING "C: NOOP " SECRET "\nC: BURL imap://x;urlauth=" SECRET "\n",
	 GREETED,
	 {0}},
	{"the body",
	 GREETING "C: DATA\nS: 354 go\nC: " SECRET "\nC: AUTH " SECRET "\nC: .\nS: 250 ok\n",
	 GREETED "MESSAGE 250 37\n",
	 {0}},
	{"a body that was not asked for",
	 GREETING "C: DATA\nC: " SECRET "\nS: 503 no\nS: 500 " SECRET "\nC: QUIT\n",
	 GREETED "REPLY data 503 no\nREPLY other 500 \nQUIT\n",
	 {0}},
	{"a chunk", GREETING "C: BDAT 18 LAST\nC: " SECRET "xx\nS: 250 ok\n", GREETED "MESSAGE 250 18\n", {0}},
	{"behind STARTTLS",
	 GREETING "C: STARTTLS\nC: AUTH PLAIN " SECRET "\nC: " SECRET "\nS: 454 no\nS: 503 no\n"
		  "S: 500 " SECRET "\nC: QUIT\n",
	 GREETED "REPLY starttls 454 no\nREPLY other 503 \nREPLY other 500 \nQUIT\n",
	 {0}},
};

/* Four characters are not there by chance. */
#define TRACE_SIZE 4

static bool has_trace(const void *bytes, size_t size)
{
	for (size_t i = 0; i + TRACE_SIZE < sizeof(SECRET); i++) {
		if (bytes && memmem(bytes, size, &SECRET[i], TRACE_SIZE))
			return true;
	}
	return false;
}

static void check_reachable(const struct smtp *smtp, const char *told)
{
	const struct smtp_queue *queue = &smtp->queue;

	assert_false(has_trace(smtp, sizeof(*smtp)));
	assert_false(has_trace(smtp->kept.bytes, smtp->kept.size));
	assert_false(has_trace(smtp->reply.text, smtp->reply.size));
	assert_false(has_trace(queue->many, queue->capacity * sizeof(*queue->many)));
	assert_false(has_trace(told, strlen(told)));
}

/* All that malloc() gave out, and also what it got back. */
static void check_heap(void)
{
	_cleanup_fclose_ FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		char *end;
		uintptr_t first = strtoul(line, &end, 16);
		uintptr_t last = strtoul(end + 1, NULL, 16);

		if (strstr(line, "[heap]"))
			assert_false(has_trace((const void *)first, last - first)); /* NOLINT */
	}
}

static void test_secrets(void **state)
{
	(void)state;
	script_check_cases(secrets, ARRAY_SIZE(secrets), check_reachable);
	check_heap();
}

static const struct smtp_case lines[] = {
	{"bare LF", "S> 220 mx\\n\nC> EHLO a\\n\nS> 250 mx\\n\nC> QUIT\\n\n", GREETED "QUIT\n", {0}},
	{"lower case and white space",
	 "S: 220 mx\nC>  \\t ehlo \\t a \\t b\\r\\n\nC: \\tqUiT \n",
	 "BANNER 220 mx\nEHLO [a]\nQUIT\n",
	 {0}},
	{"no name", "S: 220 mx\nC: EHLO\nC: HELO \nC: LHLO\\r\n", "BANNER 220 mx\nEHLO []\nHELO []\nEHLO []\n", {0}},
	{"NUL", "S: 220 m\\0x\nC: EHLO \\0a\\0\n", "BANNER 220 m\x1ax\nEHLO [\x1a\x61\x1a]\n", {0}},
	{"NUL is no end of a word", "S: 220 mx\nC: QUIT\\0\nC: QUIT\n", "BANNER 220 mx\nQUIT\n", {0}},
	{"unknown words count",
	 GREETING "C: FOO\nC: \nC: EHL o\nC: \\xff\nC: MAILS FROM:<u@x>\nC: RCPT TO:<v@b>\n"
		  "S: 500 a\nS: 500 b\nS: 500 c\nS: 500 d\nS: 500 e\nS: 550 f\n",
	 GREETED "RCPT [b]\nREPLY other 500 \nREPLY other 500 \nREPLY other 500 \nREPLY other 500 \n"
		 "REPLY other 500 \nREPLY rcpt 550 f\n",
	 {0}},
	{"a long argument loses its end",
	 GREETING "C> RCPT TO:<v@b>\nC* 1100\nC: \nC> RCPT TO:<\nC* 1100\nC: @b>\nS: 250 ok\nS: 500 long\n",
	 GREETED "RCPT [b]\nRCPT []\nREPLY rcpt 500 long\n",
	 {0}},
	{"a long line counts once",
	 GREETING "C* 5000\nC: \nC: RCPT TO:<v@b>\nS: 500 a\nS: 550 b\n",
	 GREETED "RCPT [b]\nREPLY other 500 \nREPLY rcpt 550 b\n",
	 {0}},
	{"a long word", GREETING "C> AUTH \nC* 300\nC:  PLAIN\nS: 504 x\n", GREETED "AUTH []\nREPLY auth 504 \n", {0}},
	{"bare CR ends an argument",
	 GREETING "C: MAIL FROM:<u@a\\r>\nC: QUIT\\r\nC: RSET\\rQUIT\n",
	 GREETED "MAIL [a]\nQUIT\n",
	 {0}},
	{"other commands",
	 GREETING "C: VRFY x\nC: EXPN x\nC: HELP\nC: ETRN x\nC: XCLIENT NAME=x\nC: NOOP\nS: 252 a\nS: 550 b\n"
		  "S: 214-c\nS: 214 c\nS: 458 d\nS: 220 e\nS: 450 f\n",
	 GREETED "REPLY other 550 b\nREPLY other 458 d\nREPLY other 450 f\n",
	 {0}},
	{"mechanisms",
	 GREETING "C: AUTH CRAM-MD5\nS: 503 x\nC: AUTH SCRAM-SHA-256\nS: 503 x\nC: AUTH scram-sha-256-plus \\r\n"
		  "S: 503 x\nC: AUTH XOAUTH2 =\nS: 503 x\nC: AUTH XOAUTH =\nS: 503 x\n",
	 GREETED "AUTH [CRAM-MD5]\nREPLY auth 503 \nAUTH [SCRAM-SHA-256]\nREPLY auth 503 \n"
		 "AUTH [SCRAM-SHA-256-PLUS]\nREPLY auth 503 \nAUTH [XOAUTH2]\nREPLY auth 503 \n"
		 "AUTH [XOAUTH]\nREPLY auth 503 \n",
	 {0}},
};

static void test_lines(void **state)
{
	(void)state;
	script_check_cases(lines, ARRAY_SIZE(lines), NULL);
}

/* What of the last step is clear; "C> " steps before it set the scene. */
struct clear_case {
	const char *script;
	size_t clear;
};

#define LENGTH(literal) (sizeof(literal) - 1)

static const struct clear_case clear_cases[] = {
	{"C> EHLO a\\r\\nQUIT\\r\\n", LENGTH("EHLO arnQUITrn")},
	{"C> EHLO a\\r\\nAUTH PLAIN x\\r\\n", LENGTH("EHLO arn")},
	{"C> EHLO a\\r\\nAUT", LENGTH("EHLO arn")},
	{"C> EHLO a\\r\\nEHLO", LENGTH("EHLO arn")},
	{"C> EHLO a\\r\\nEHLO b", LENGTH("EHLO arnEHLO b")},
	{"C> EHLO a\\r\\n  AUTH x\\r\\nQUIT\\r\\n", LENGTH("EHLO arn")},
	{"C> EHLO a\\r\\nFOO\\r\\nQUIT\\r\\n", LENGTH("EHLO arn")},
	{"C> EHLO a\\rAUTH x\\r\\nQUIT\\r\\n", LENGTH("EHLO ar")},
	{"C> NOOP x\\r\\nQUIT\\r\\n", LENGTH("NOOP")},
	{"C> VRFY x\\r\\nQUIT\\r\\n", LENGTH("VRFY xrnQUITrn")},
	{"C> DATA\\r\\nx\\r\\n.\\r\\nQUIT\\r\\n", LENGTH("DATArn")},
	{"C> BDAT 1\\r\\nxQUIT\\r\\n", LENGTH("BDAT 1rn")},
	{"C> BDAT 0\\r\\nQUIT\\r\\n", LENGTH("BDAT 0rnQUITrn")},
	{"C> STARTTLS\\r\\nQUIT\\r\\n", LENGTH("STARTTLSrn")},
	{"C: STARTTLS\nS> 220 go\\r\\nxyz", LENGTH("220 gorn")},
	{"C: STARTTLS\nS: 220 go\nC> \\x16\\x03", 0},
	{"C: AUTH LOGIN\nC> QUIT\\r\\n", 0},
	{"C: AUTH LOGIN\nS> 334 x\\r\\n", LENGTH("334 ")},
	{"C: AUTH LOGIN\nS> 535 x\\r\\n", LENGTH("535 xrn")},
	{"C: AUTH LOGIN\nS: 535 x\nC> QUIT\\r\\n", LENGTH("QUITrn")},
	{"C: x\nS> 500 x\\r\\n", LENGTH("500 ")},
	{"C: DATA\nS: 354 x\nC> x\\r\\n", 0},
	{"C: DATA\nS: 354 x\nC> x\\r\\n.\\r\\n\nC> QUIT\\r\\n", LENGTH("QUITrn")},
	{"C> EH\nC> LO a\\r\\n", LENGTH("LO arn")},
	{"C> AU\nC> TH x\\r\\n", 0},
	{"S> 250-a\\r\\n25", LENGTH("250-arn")},
};

static void test_clear(void **state)
{
	static struct script script;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(clear_cases); i++) {
		static const struct smtp_options options;
		char text[512];
		char *told = NULL;
		size_t told_size = 0;
		FILE *stream = open_memstream(&told, &told_size);
		struct smtp *smtp = smtp_new(&options, script_take, stream);
		size_t clear = 0;

		snprintf(text, sizeof(text), "S: 220 mx\n%s", clear_cases[i].script);
		script_parse(&script, text);
		for (size_t step = 0; step < script.count; step++)
			clear = script_feed(smtp, &script, &script.steps[step], SIZE_MAX, stream, NULL, &told);
		if (clear != clear_cases[i].clear)
			fail_msg("%s: %zu clear", clear_cases[i].script, clear);
		smtp_free(smtp);
		fclose(stream);
		free(told);
	}
}

/* 64 thousand of them are open at once. */
static void test_idle_is_small(void **state)
{
	(void)state;
	assert_in_range(sizeof(struct smtp), 1, 320);
	printf("# an idle session: %zu bytes\n", sizeof(struct smtp));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_idle_is_small),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("smtp_line", tests, NULL, NULL);
}
