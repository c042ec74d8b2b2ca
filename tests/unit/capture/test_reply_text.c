// SPDX-License-Identifier: GPL-2.0-only
#include "capture/reply_text.h"

#include "capture/reply_event.h"

static void test_one_form(void **state)
{
	static const struct {
		const char *source;
		const char *text;
	} cases[] = {
		{"", ""},
		{"  Client  Host\trejected ", "client host rejected"},
		{"A\r\nB", "a b"},
		{"\x1b[31mRed\x7f", "[31mred"},
		{"\xc3\x84RGER", "\xc3\x84rger"},
	};
	char small[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reply_text text;
		reply_text_take(&text, cases[i].source);
		assert_string_equal(text.text, cases[i].text);
		assert_false(text.is_cut);
	}
	assert_int_equal(reply_text_squeeze(small, sizeof(small), "abcdef"), 3);
	assert_string_equal(small, "abc");
	assert_int_equal(reply_text_squeeze(small, 1, "abcdef"), 0);
	assert_string_equal(small, "");
}

static void test_lists_of_domains(void **state)
{
	static const struct {
		const char *source;
		bool names_domains;
	} cases[] = {
		{"blocked using DBL.spamhaus.org", true},
		{"see http://lookup.URIBL.com", true},
		{"blocked using multi.surbl.org", true},
		{"https://www.spamhaus.org/query/domain/example.com", true},
		{"https://www.spamhaus.org/query/ip/203.0.113.5", false},
		{"blocked using zen.spamhaus.org", false},
		{"on our blocklist; dbl", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reply_text text;
		reply_text_take(&text, cases[i].source);
		if (text.names_domains != cases[i].names_domains)
			fail_msg("%s", cases[i].source);
	}
}

static void assert_meant(const char *source, bool meant)
{
	struct reply_text text;

	reply_text_take(&text, source);
	if (reply_text_may_mean_us(&text, is_ours, NULL) != meant)
		fail_msg("%s: should %sbe taken for us", source, meant ? "" : "not ");
}

static void test_quoted_addresses(void **state)
{
	static const char *const forms[] = {
		"%s",
		"[%s]",
		"[%s      19] Our system",
		"(%s)",
		"\"%s\"",
		"IP=%s - None",
		"from %s.",
		"from %s, sorry",
		"is %s: blocked",
		"https://x.example/?ip=%s",
		"https://x.example/?ip=%s&c=bl",
		"https://x.example/?ip%%3D%s",
		"https://x.example/%%20%s%%20",
		"https://x.example/query/ip/%s",
		"https://x.example/bl.shtml?%s",
		"<%s>",
		"client:%s",
		"4.16.55.1 says %s",
		"returned 127.0.0.4 for %s",
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		snprintf(text, sizeof(text), forms[i], OURS);
		assert_meant(text, true);
		snprintf(text, sizeof(text), forms[i], "198.51.100.7");
		assert_meant(text, false);
		snprintf(text, sizeof(text), forms[i], OURS_IPV6);
		assert_meant(text, true);
		snprintf(text, sizeof(text), forms[i], "2001:db8::7");
		assert_meant(text, false);
	}
	assert_meant("[203.0.113.5]:51234 rejected", true);
	assert_meant("203.0.113.50:25 rejected", false);
	assert_meant("[IPv6:2001:db8::5]", true);
	assert_meant("[IPv6:2001:db8::6]", false);
	assert_meant("2001:0DB8:0:0::0005", true);
	assert_meant("::ffff:203.0.113.5", true);
	assert_meant("mx.example [198.51.100.1] refuses [203.0.113.5]", true);
	assert_meant("[203.0.113.5] by mx.example [198.51.100.1]", true);
	assert_meant("[203.0.113.55]", false);
}

/* What only looks like an address is none, so nobody else is meant. */
static void test_no_address(void **state)
{
	static const char *const texts[] = {
		"",
		"blocked",
		"5.113.0.203.zen.spamhaus.org",
		"host-198.51.100.7.isp.example",
		"198-51-100-7.isp.example",
		"198.51.100.0/24 is blocked",
		"2001:db8:7::/48 is blocked",
		"error 5.7.606",
		"at 12:34:56, queue a1b2::",
		"policy [7.7] 21911",
		"perl::module",
		"::",
		"0.0.0.0",
		"127.0.0.2",
		"::1",
		"198.51.100.777",
		"198.51.100.7.7",
		"%",
		"%2",
		"%zz",
		"-._:-._:",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_meant(texts[i], true);
	assert_meant("198.51.100.7/24x", false); /* no network, but a path */
}

/* The last word of a text that was cut may have gone on. */
static void test_cut_texts(void **state)
{
	char text[2 * DIALOGUE_TEXT_SIZE];
	const char *const address = "198.51.100.7";

	(void)state;
	memset(text, ' ', sizeof(text));
	memset(text, 'a', DIALOGUE_TEXT_SIZE - 1 - strlen(address) - 1);
	strcpy(text + DIALOGUE_TEXT_SIZE - 1 - strlen(address), address);
	assert_int_equal(strlen(text), DIALOGUE_TEXT_SIZE - 1);
	assert_meant(text, true);
	assert_meant(text + 1, false);
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_meant(text, true);
}

static size_t asked;

static bool count_asked(void *context, const struct address *address)
{
	(void)context;
	(void)address;
	asked++;
	return false;
}

/* However many addresses a reply quotes, they are looked at once each. */
static void test_full_of_addresses(void **state)
{
	char source[DIALOGUE_TEXT_SIZE] = "";
	struct reply_text text;

	(void)state;
	for (size_t i = 0; i < 60; i++)
		strcat(source, "1.2.3.4,");
	reply_text_take(&text, source);
	assert_false(reply_text_may_mean_us(&text, count_asked, NULL));
	assert_int_equal(asked, 60);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_form),         cmocka_unit_test(test_lists_of_domains),
		cmocka_unit_test(test_quoted_addresses), cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_cut_texts),        cmocka_unit_test(test_full_of_addresses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reply_text", tests, NULL, NULL);
}
