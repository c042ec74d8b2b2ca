// SPDX-License-Identifier: GPL-2.0-only
#include "capture/redact.h"
#include "support/test.h"

static void test_texts(void **state)
{
	static const struct {
		const char *text;
		const char *redacted;
	} cases[] = {
		{"", ""},
		{"go away", "go away"},
		{"<john@example.org>: user unknown", "<*@example.org>: user unknown"},
		{"john.doe+x@example.org unknown", "*@example.org unknown"},
		{"no a@b.example nor c@d.example", "no *@b.example nor *@d.example"},
		{"\"john doe\"@example.org unknown", "*@example.org unknown"},
		{"see https://mx.example/?rcpt=john%40example.org&x=1", "see https://mx.example/?*%40example.org&x=1"},
		{"@", "@"},
		{"@example.org", "@example.org"},
		{"a@b@c", "*@*@c"},
		{"a\"@b", "*@b"},
		{"\"@b", "*@b"},
		{"mailto:john@example.org", "mailto:*@example.org"},
		{"100%40", "*%40"},
		{"100%4", "100%4"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char redacted[DIALOGUE_TEXT_SIZE];
		redact_addresses(cases[i].text, redacted);
		assert_string_equal(redacted, cases[i].redacted);
	}
}

/* Nothing of a local part stays, wherever in a long text it stands, and the text keeps within its bounds. */
static void test_long_texts(void **state)
{
	char text[DIALOGUE_TEXT_SIZE];
	char redacted[DIALOGUE_TEXT_SIZE + 1];

	(void)state;
	for (size_t at = 0; at < sizeof(text) - 16; at++) {
		memset(text, ' ', sizeof(text));
		memcpy(text + at, "ZZZZ@example.org", 16);
		text[sizeof(text) - 1] = '\0';
		redacted[DIALOGUE_TEXT_SIZE] = 0x5a;
		redact_addresses(text, redacted);
		assert_null(strchr(redacted, 'Z'));
		assert_true(strlen(redacted) < DIALOGUE_TEXT_SIZE);
		assert_int_equal(redacted[DIALOGUE_TEXT_SIZE], 0x5a);
	}
	memset(text, 'a', sizeof(text) - 1);
	redact_addresses(text, redacted);
	assert_string_equal(redacted, text);
	memset(text, '@', sizeof(text) - 1);
	redact_addresses(text, redacted);
	assert_true(strlen(redacted) < DIALOGUE_TEXT_SIZE);
	assert_int_equal(redacted[DIALOGUE_TEXT_SIZE], 0x5a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_long_texts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
