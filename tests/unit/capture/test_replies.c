// SPDX-License-Identifier: GPL-2.0-only
/* The shipped table: each row finds the replies that it is of, and the ones that receivers really send. */
#include "capture/replies.h"

#include "capture/reply_event.h"

#include <stdlib.h>

__asm__(".section .rodata\n"
	"shipped_text: .incbin \"userspace/capture/replies.psv\"\n"
	".byte 0\n"
	".previous\n");
extern const char shipped_text[];

static int set_up(void **state)
{
	static struct ini_error error;
	struct replies *replies;

	if (replies_load(NULL, &replies, &error)) {
		print_error("%s\n", error.message);
		return -1;
	}
	*state = replies;
	return 0;
}

static int tear_down(void **state)
{
	replies_free(*state);
	return 0;
}

/* "gmail BLOCK", or "NONE". Borrowed until the next call. */
static const char *classify(const struct replies *replies, const struct dialogue_event *event)
{
	static char result[64];
	const char *receiver = "untouched";
	enum reply_class class = replies_classify(replies, event, is_ours, NULL, &receiver);

	assert_true((class == REPLY_CLASS_NONE) == (receiver == NULL));
	snprintf(result, sizeof(result), "%s%s%s", receiver ? receiver : "", receiver ? " " : "",
		 reply_class_name(class));
	return result;
}

static enum dialogue_stage stage_of(const char *column, bool last)
{
	static const char letters[] = "bEMRD?";
	static const enum dialogue_stage first_stages[] = {
		DIALOGUE_STAGE_BANNER, DIALOGUE_STAGE_HELO, DIALOGUE_STAGE_MAIL,
		DIALOGUE_STAGE_RCPT,   DIALOGUE_STAGE_DATA, DIALOGUE_STAGE_STARTTLS,
	};

	if (last && (strcmp(column, "any") == 0 || strchr(column, '?')))
		return DIALOGUE_STAGE_OTHER;
	if (last && column[0] == 'D')
		return DIALOGUE_STAGE_MESSAGE;
	return strcmp(column, "any") == 0 ? DIALOGUE_STAGE_AUTH : first_stages[strchr(letters, column[0]) - letters];
}

/* A number that a column of codes allows: the first or the last of its list. */
static uint16_t code_of(const char *column, bool last)
{
	const char *item = last && strrchr(column, ',') ? strrchr(column, ',') + 1 : column;
	unsigned int digits[2] = {last ? 9 : 0, last ? 9 : 0};

	for (size_t i = 0; i < 2; i++)
		if (item[i + 1] != 'x')
			digits[i] = (unsigned int)(item[i + 1] - '0');
	return (uint16_t)((unsigned int)(item[0] - '0') * 100 + digits[0] * 10 + digits[1]);
}

static struct enhanced_code enhanced_of(const char *column, bool last)
{
	const char *item = last && strrchr(column, ',') ? strrchr(column, ',') + 1 : column;
	struct enhanced_code code = {.class = 0};
	unsigned int subject;
	unsigned int details[2];

	if (*item == '\0')
		return last ? (struct enhanced_code){5, 9, 9} : code;
	int count = sscanf(item + 1, ".%u.%u-%u", &subject, &details[0], &details[1]);
	assert_true(count >= 2);
	code.class = item[0] == 'x' ? 4 + last : (uint8_t)(item[0] - '0');
	code.subject = (uint16_t)subject;
	code.detail = (uint16_t)(last && count == 3 ? details[1] : details[0]);
	return code;
}

/* Asks for the replies that the row describes: the ends of its lists, with each of its substrings in a sentence. */
static void check_row(const struct replies *replies, char *line)
{
	char *columns[6];
	char expected[64];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		assert_non_null(columns[i] = strsep(&line, "|"));
	snprintf(expected, sizeof(expected), "%s %s", columns[0], columns[5]);
	for (char *substring = columns[4]; substring;) {
		char *next = strstr(substring, " / ");
		if (next)
			*next = '\0';
		for (int last = 0; last < 2; last++) {
			char text[256];
			snprintf(text, sizeof(text), "Sorry, %.*s: [%s] is it.", (int)strcspn(substring, ""), substring,
				 OURS);
			char *unwanted = strstr(text, " (not: ");
			if (unwanted)
				*unwanted = '\0';
			const struct dialogue_event event = {
				.kind = DIALOGUE_REPLY,
				.stage = stage_of(columns[1], last),
				.code = code_of(columns[2], last),
				.enhanced = enhanced_of(columns[3], last),
				.text = text,
			};
			if (strcmp(classify(replies, &event), expected) != 0)
				fail_msg("%s|%s|%s: \"%s\" is %s", columns[0], columns[1], columns[2], text,
					 classify(replies, &event));
		}
		substring = next ? next + strlen(" / ") : NULL;
	}
}

static void test_every_row(void **state)
{
	char *text = strdup(shipped_text);
	size_t count = 0;

	for (char *rest = text; rest && *rest != '\0';) {
		char *line = strsep(&rest, "\n");
		if (*line == '\0' || *line == '#')
			continue;
		check_row(*state, line);
		count++;
	}
	free(text);
	assert_true(count > 50);
	assert_int_equal(replies_count(*state), count);
}

struct sample {
	enum dialogue_stage stage;
	const char *line;
	const char *result;
};

static void check_samples(const struct replies *replies, const struct sample *samples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct dialogue_event event = reply_event(samples[i].stage, samples[i].line);
		if (strcmp(classify(replies, &event), samples[i].result) != 0)
			fail_msg("%s: is %s, not %s", samples[i].line, classify(replies, &event), samples[i].result);
	}
}

#define BANNER DIALOGUE_STAGE_BANNER
#define MAIL DIALOGUE_STAGE_MAIL
#define RCPT DIALOGUE_STAGE_RCPT
#define MESSAGE DIALOGUE_STAGE_MESSAGE

/* As receivers and those who met with them show them, with the address put in. */
static const struct sample receivers_words[] = {
	{MESSAGE,
	 "421 4.7.0 [" OURS "      15] Our system has detected that this message is suspicious due to the very "
	 "low reputation of the sending IP address. To protect our users from spam, mail sent from your IP "
	 "address has been temporarily rate limited. Please visit "
	 "https://support.google.com/mail/answer/188131 for more information. x13si1234567plr.275 - gsmtp",
	 "gmail TEMP"},
	{MESSAGE,
	 "550 5.7.1 [" OURS "] Our system has detected that this message is likely suspicious due to the very "
	 "low reputation of the sending IP address. To best protect our users from spam, the message has been "
	 "blocked. Please visit https://support.google.com/mail/answer/188131 for more information. "
	 "d2e1a72fcca58-7f0a.12 - gsmtp",
	 "gmail BLOCK"},
	{MESSAGE,
	 "421 4.7.28 [" OURS "] Our system has detected an unusual rate of unsolicited mail originating from "
	 "your IP address. To protect our users from spam, mail sent from your IP address has been "
	 "temporarily rate limited.",
	 "gmail TEMP"},
	{MESSAGE,
	 "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your DKIM domain "
	 "[example.com 36]. To protect our users from spam, mail sent from your domain has been temporarily "
	 "rate limited.",
	 "NONE"},
	{MESSAGE,
	 "550 5.7.1 [" OURS_IPV6 "] The IP you're using to send mail is not authorized to send email directly "
	 "to our servers. Please use the SMTP relay at your service provider instead.",
	 "gmail BLOCK"},
	{MESSAGE,
	 "550 5.7.25 [" OURS "] The IP address sending this message does not have a PTR record setup, or the "
	 "corresponding forward DNS entry does not match the sending IP.",
	 "gmail PTR"},
	{MAIL,
	 "550 5.7.1 Unfortunately, messages from [" OURS "] weren't sent. Please contact your Internet service "
	 "provider since part of their network is on our block list (S3140). You can also refer your provider "
	 "to http://mail.live.com/mail/troubleshooting.aspx#errors.",
	 "outlook BLOCK"},
	{MAIL,
	 "451 4.7.650 The mail server [" OURS "] has been temporarily rate limited due to IP reputation. For "
	 "e-mail delivery information, see https://postmaster.live.com (S775)",
	 "outlook TEMP"},
	{RCPT,
	 "550 5.7.606 Access denied, banned sending IP [" OURS "]. To request removal from this list please "
	 "visit https://sender.office.com/ and follow the directions. AS16012609",
	 "microsoft365 BLOCK"},
	{RCPT,
	 "550 5.7.1 Service unavailable, Client host [" OURS "] blocked using Spamhaus. To request removal from "
	 "this list see https://www.spamhaus.org/query/ip/" OURS " (AS16012611)",
	 "microsoft365 DNSBL"},
	{MAIL,
	 "421 4.7.0 [TSS04] Messages from " OURS " temporarily deferred due to unexpected volume or user "
	 "complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
	 "yahoo TEMP"},
	{MAIL,
	 "553 5.7.2 [TSS09] All messages from " OURS " will be permanently deferred; Retrying will NOT succeed. "
	 "See https://postmaster.yahooinc.com/error-codes",
	 "yahoo BLOCK"},
	{BANNER,
	 "553 5.7.1 [BL21] Connections will not be accepted from " OURS ", because the ip is in Spamhaus's "
	 "list; see http://postmaster.yahoo.com/550-bl23.html",
	 "yahoo DNSBL"},
	{MESSAGE,
	 "550 5.7.1 [CS01] Message rejected due to local policy. Please visit "
	 "https://support.apple.com/en-us/HT204137",
	 "icloud POLICY"},
	{BANNER,
	 "554 IP=" OURS " - None/bad reputation. Ask your postmaster for help or to contact "
	 "tobr@rx.t-online.de for reset. (NOWL)",
	 "t-online BLOCK"},
	{BANNER,
	 "554 IP=" OURS " - A problem occurred. (Ask your postmaster for help or to contact "
	 "tosa@rx.t-online.de to clarify.) (BL)",
	 "t-online BLOCK"},
	{BANNER,
	 "554 gmx.net (mxgmx108) Nemesis ESMTP Service not available No SMTP service IP address is block "
	 "listed. For explanation visit https://postmaster.gmx.net/en/error-messages?ip=" OURS "&c=bl",
	 "gmx BLOCK"},
	{BANNER,
	 "554 gmx.net (mxgmx016) Nemesis ESMTP Service not available No SMTP service Bad DNS PTR resource "
	 "record. For explanation visit https://postmaster.gmx.net/en/error-messages?ip=" OURS "&c=rdns",
	 "gmx PTR"},
	{RCPT,
	 "554 5.7.1 Service unavailable; Client host [" OURS "] blocked using zen.spamhaus.org; "
	 "https://www.spamhaus.org/query/ip/" OURS,
	 "spamhaus DNSBL"},
	{RCPT,
	 "554 5.7.1 Service unavailable; Client host [" OURS "] blocked using bl.spamcop.net; Blocked - see "
	 "https://www.spamcop.net/bl.shtml?" OURS,
	 "spamcop DNSBL"},
	{RCPT,
	 "554 5.7.1 Service unavailable; Client host [mail.example.com] blocked using Barracuda Reputation; "
	 "http://www.barracudanetworks.com/reputation/?r=1&ip=" OURS,
	 "barracuda DNSBL"},
	{RCPT, "554 5.7.1 Service unavailable; Client host [" OURS "] blocked using bl.example.org", "postfix DNSBL"},
	{RCPT, "450 4.7.25 Client host rejected: cannot find your hostname, [" OURS "]", "postfix PTR"},
};

static void test_what_receivers_say(void **state)
{
	check_samples(*state, receivers_words, ARRAY_SIZE(receivers_words));
}

static void test_what_means_others(void **state)
{
	static const struct sample samples[] = {
		/* Another host's address. */
		{RCPT,
		 "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.spamhaus.org; "
		 "https://www.spamhaus.org/query/ip/198.51.100.7",
		 "NONE"},
		{BANNER, "554 IP=198.51.100.7 - None/bad reputation.", "NONE"},
		{RCPT, "550 5.7.606 Access denied, banned sending IP [2001:db8::6].", "NONE"},
		/* Domains. */
		{RCPT,
		 "554 5.7.1 Service unavailable; Sender address [a@example.com] blocked using dbl.spamhaus.org; "
		 "https://www.spamhaus.org/query/domain/example.com",
		 "postfix POLICY"},
		{RCPT, "554 5.7.1 Service unavailable; Sender address [a@example.com] blocked using rhsbl.example.org",
		 "postfix POLICY"},
		{RCPT, "554 5.7.1 Service unavailable; Helo command [x] blocked using dbl.spamhaus.org", "NONE"},
		{MESSAGE,
		 "550 Message has a link to example.com, see https://www.spamhaus.org/query/domain/example.com",
		 "NONE"},
		{MESSAGE, "554 5.7.1 blocked using multi.uribl.com, abusix", "NONE"},
		/* The receiver's own fault. */
		{RCPT,
		 "554 5.7.1 Service unavailable; Client host [" OURS "] blocked using zen.spamhaus.org; Error: open "
		 "resolver; https://www.spamhaus.org/returnc/pub/198.51.100.53",
		 "any RECEIVER"},
		{MAIL, "550 " OURS " is listed: Error: open resolver; https://www.spamhaus.org/query/ip/" OURS,
		 "any RECEIVER"},
		{MAIL, "450 4.7.1 Error: open resolver; https://www.spamhaus.org/returnc/pub/198.51.100.53",
		 "any RECEIVER"},
		/* A list that is no more. */
		{RCPT,
		 "554 5.7.1 Service unavailable; Client host [" OURS "] blocked using dnsbl.sorbs.net; see "
		 "http://www.sorbs.net/lookup.shtml?" OURS,
		 "sorbs IGNORE"},
		/* Nothing about the address. */
		{RCPT, "550 5.1.1 <a@example.com>: Recipient address rejected: User unknown", "NONE"},
		{RCPT, "450 4.2.0 <a@example.com>: Recipient address rejected: Greylisted, see http://postgrey",
		 "NONE"},
		{MESSAGE, "552 5.2.3 Message too large", "NONE"},
		{MESSAGE, "250 2.0.0 OK very low reputation of the sending IP", "NONE"},
		{MESSAGE, "354 blocked using spamhaus", "NONE"},
		{RCPT, "550 ", "NONE"},
		/* Where the row says another stage or code. */
		{RCPT, "554 None/bad reputation", "NONE"},
		{BANNER, "550 None/bad reputation", "NONE"},
		{MAIL, "550 5.7.1 blocked using bl.example.org", "NONE"},
		{MESSAGE, "550 5.7.9 very low reputation of the sending ip", "NONE"},
	};

	check_samples(*state, samples, ARRAY_SIZE(samples));
}

static void test_other_events(void **state)
{
	struct dialogue_event event = {.kind = DIALOGUE_BANNER,
				       .code = 554,
				       .text = "5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=" OURS};

	assert_string_equal(classify(*state, &event), "proofpoint BLOCK");
	event.text = "Blocked - see https://ipcheck.proofpoint.com/?ip=" OURS;
	assert_string_equal(classify(*state, &event), "NONE");
	event.text = "None/bad reputation";
	assert_string_equal(classify(*state, &event), "t-online BLOCK");
	event.code = 220;
	assert_string_equal(classify(*state, &event), "NONE");
	event.code = 554;
	event.kind = DIALOGUE_MESSAGE;
	assert_string_equal(classify(*state, &event), "NONE");
	event.kind = DIALOGUE_REPLY;
	assert_string_equal(classify(*state, &event), "t-online BLOCK");
	event.text = NULL;
	assert_string_equal(classify(*state, &event), "NONE");
}

static void test_hostile_texts(void **state)
{
	char text[4096];
	struct dialogue_event event = {.kind = DIALOGUE_REPLY, .stage = RCPT, .code = 554, .text = text};

	for (unsigned int byte = 1; byte < 256; byte++) {
		memset(text, (int)byte, sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		assert_string_equal(classify(*state, &event), "NONE");
	}
	/* Behind the end of what is looked at. */
	memset(text, ' ', sizeof(text) - 1);
	memcpy(text, "we do not like you", 18);
	memset(text + 18, '.', 1000);
	strcpy(text + 1018, "blocked using spamhaus.org/query");
	assert_string_equal(classify(*state, &event), "NONE");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_every_row),    TEST(test_what_receivers_say), TEST(test_what_means_others),
		TEST(test_other_events), TEST(test_hostile_texts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("replies", tests, NULL, NULL);
}
