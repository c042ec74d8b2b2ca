// SPDX-License-Identifier: GPL-2.0-only
#include "capture/reply_row.h"

#include "capture/reply_event.h"

#include <errno.h>

static int parse(const char *text, struct reply_row *ret_row, struct ini_error *ret_error)
{
	const struct ini_place place = {.file = "table", .line = 7, .error = ret_error};
	char line[2 * REPLY_ROW_SIZE];

	snprintf(line, sizeof(line), "%s", text);
	return reply_row_parse(&place, line, ret_row);
}

static bool matches(const char *row_text, enum dialogue_stage stage, const char *line)
{
	struct reply_row row;
	struct ini_error error;
	const struct dialogue_event event = reply_event(stage, line);
	struct reply reply = {.stage = stage, .code = event.code, .enhanced = event.enhanced};

	if (parse(row_text, &row, &error))
		fail_msg("%s", error.message);
	reply_text_take(&reply.text, event.text);
	bool result = reply_row_matches(&row, &reply);
	reply_row_clear(&row);
	return result;
}

static void test_stages(void **state)
{
	static const struct {
		const char *stage;
		const char *bits; /* of the stages in their order */
	} cases[] = {
		{"b", "100000000"},   {"E", "010000000"},    {"M", "000010000"}, {"R", "000001000"},
		{"D", "000000110"},   {"MR", "000011000"},   {"?", "111111111"}, {"D?", "111111111"},
		{"any", "111111111"}, {" bR ", "100001000"},
	};
	char row[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(row, sizeof(row), "x|%s|5xx||blocked|BLOCK", cases[i].stage);
		for (enum dialogue_stage stage = 0; stage < DIALOGUE_STAGE_COUNT; stage++)
			if (matches(row, stage, "550 blocked") != (cases[i].bits[stage] == '1'))
				fail_msg("\"%s\" at %s", cases[i].stage, dialogue_stage_name(stage));
	}
}

static void test_codes(void **state)
{
	static const struct {
		const char *codes;
		const char *enhanced;
		const char *line;
		bool matches;
	} cases[] = {
		{"5xx", "", "500 blocked", true},
		{"5xx", "", "599 blocked", true},
		{"5xx", "", "499 blocked", false},
		{"5xx", "", "600 blocked", false},
		{"4xx", "", "400 blocked", true},
		{"421,550", "", "421 blocked", true},
		{"421, 550", "", "550 blocked", true},
		{"421,550", "", "450 blocked", false},
		{"4xx,554", "", "554 5.7.1 blocked", true},
		{"5xx", "5.7.1", "550 5.7.1 blocked", true},
		{"5xx", "5.7.1", "550 blocked", false},
		{"5xx", "5.7.1", "550 5.7.2 blocked", false},
		{"5xx", "5.7.1", "550 5.1.1 blocked", false},
		{"5xx", "5.7.1", "550 4.7.1 blocked", false},
		{"5xx", "x.7.1", "550 5.7.1 blocked", true},
		{"5xx", "x.7.1", "550 4.7.1 blocked", true},
		{"5xx", "x.7.1", "550 blocked", false},
		{"5xx", "5.7.606-649", "550 5.7.605 blocked", false},
		{"5xx", "5.7.606-649", "550 5.7.606 blocked", true},
		{"5xx", "5.7.606-649", "550 5.7.649 blocked", true},
		{"5xx", "5.7.606-649", "550 5.7.650 blocked", false},
		{"5xx", "5.7.0,5.7.9", "550 5.7.9 blocked", true},
		{"5xx", "5.7.x", "550 5.7.999 blocked", true},
		{"5xx", "5.7.x", "550 5.8.0 blocked", false},
	};
	char row[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(row, sizeof(row), "x|any|%s|%s|blocked|BLOCK", cases[i].codes, cases[i].enhanced);
		if (matches(row, DIALOGUE_STAGE_RCPT, cases[i].line) != cases[i].matches)
			fail_msg("%s of %s", cases[i].line, row);
	}
}

static void test_substrings(void **state)
{
	static const struct {
		const char *substrings;
		const char *line;
		bool matches;
	} cases[] = {
		{"Poor Reputation", "550 your poor\t  rePUTation, host", true},
		{"poor  reputation", "550 poor-reputation", false},
		{"none/bad reputation", "550 none/bad reputation", true},
		{"none/bad reputation", "550 bad reputation", false},
		{"one thing / other thing", "550 an other thing", true},
		{"one thing / other thing", "550 one other", false},
		{"rate of (not: dkim, spf domain)", "550 unusual rate of mail", true},
		{"rate of (not: dkim, spf domain)", "550 unusual rate of mail, DKIM x", false},
		{"rate of (not: dkim, spf domain)", "550 SPF domain, rate of", false},
		{"rate of(not:dkim) / poor host", "550 rate of dkim, poor host", true},
		{"rate of (not: dkim) / poor host", "550 rate of dkim", false},
		{"poor host / rate of (not: dkim)", "550 poor host with dkim", true},
		{"a problem. (ask your", "550 A problem. (Ask your postmaster)", true},
	};
	char row[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(row, sizeof(row), "x|any|5xx||%s|BLOCK", cases[i].substrings);
		if (matches(row, DIALOGUE_STAGE_RCPT, cases[i].line) != cases[i].matches)
			fail_msg("%s of %s", cases[i].line, row);
	}
}

static void test_domains_are_no_addresses(void **state)
{
	(void)state;
	assert_true(matches("x|any|5xx||blocked using|DNSBL", DIALOGUE_STAGE_RCPT, "550 blocked using zen.x"));
	assert_false(matches("x|any|5xx||blocked using|DNSBL", DIALOGUE_STAGE_RCPT, "550 blocked using dbl.x"));
	assert_true(matches("x|any|5xx||blocked using|POLICY", DIALOGUE_STAGE_RCPT, "550 blocked using dbl.x"));
}

static void test_faults(void **state)
{
	static const struct {
		const char *row;
		const char *words[2];
	} cases[] = {
		{"x|any|5xx|blocked|BLOCK", {"6 columns, this one 5", "receiver|stage|code"}},
		{"x|any|5xx||blocked|BLOCK|", {"6 columns, this one 7", ""}},
		{"Gmail|any|5xx||blocked|BLOCK", {"column 1 (receiver)", "small letters"}},
		{"|any|5xx||blocked|BLOCK", {"column 1 (receiver)", "1 to 31"}},
		{"abcdefghijklmnopqrstuvwxyz123456|any|5xx||blocked|BLOCK", {"column 1 (receiver)", "1 to 31"}},
		{"x||5xx||blocked|BLOCK", {"column 2 (stage)", "M (MAIL)"}},
		{"x|all|5xx||blocked|BLOCK", {"column 2 (stage): \"all\"", "or any"}},
		{"x|B|5xx||blocked|BLOCK", {"column 2 (stage)", "b (banner)"}},
		{"x|\x1b[2J|5xx||blocked|BLOCK", {"column 2 (stage): \"\\x1b[2J\"", ""}},
		{"x|any|||blocked|BLOCK", {"column 3 (code)", "400 to 599"}},
		{"x|any|399||blocked|BLOCK", {"column 3 (code): \"399\"", "4xx"}},
		{"x|any|600||blocked|BLOCK", {"column 3 (code)", ""}},
		{"x|any|0550||blocked|BLOCK", {"column 3 (code)", ""}},
		{"x|any|3xx||blocked|BLOCK", {"column 3 (code)", ""}},
		{"x|any|550,||blocked|BLOCK", {"column 3 (code): \"\"", ""}},
		{"x|any|550-559||blocked|BLOCK", {"column 3 (code): \"550-559\"", ""}},
		{"x|any|1,2,3,4|x|blocked|BLOCK", {"column 3 (code): \"1\"", ""}},
		{"x|any|5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx,5xx||blocked|BLOCK",
		 {"column 3 (code)", "at most 16"}},
		{"x|any|5xx|5.7|blocked|BLOCK", {"column 4 (enhanced): \"5.7\"", "5.7.606-649"}},
		{"x|any|5xx|2.7.1|blocked|BLOCK", {"column 4 (enhanced)", ""}},
		{"x|any|5xx|5.7.1.1|blocked|BLOCK", {"column 4 (enhanced): \"5.7.1.1\"", ""}},
		{"x|any|5xx|5.7.1000|blocked|BLOCK", {"column 4 (enhanced)", ""}},
		{"x|any|5xx|5.7.9-1|blocked|BLOCK", {"column 4 (enhanced): \"5.7.9-1\"", ""}},
		{"x|any|5xx|4-5.7.1|blocked|BLOCK", {"column 4 (enhanced)", ""}},
		{"x|any|5xx|5.7.1,|blocked|BLOCK", {"column 4 (enhanced): \"\"", ""}},
		{"x|any|5xx|5.7.1,5.7.1,5.7.1,5.7.1,5.7.1,5.7.1,5.7.1,5.7.1,5.7.1|blocked|BLOCK",
		 {"column 4 (enhanced)", "at most 8"}},
		{"x|any|5xx|||BLOCK", {"column 5 (substrings)", "at least 4"}},
		{"x|any|5xx||ip|BLOCK", {"column 5 (substrings)", "at least 4"}},
		{"x|any|5xx||blocked / |BLOCK", {"column 5 (substrings)", "at least 4"}},
		{"x|any|5xx|| / blocked|BLOCK", {"column 5 (substrings)", "at least 4"}},
		{"x|any|5xx||(not: dkim)|BLOCK", {"column 5 (substrings)", "at least 4"}},
		{"x|any|5xx||blocked (not: dkim|BLOCK", {"column 5 (substrings)", "(not: a, b)"}},
		{"x|any|5xx||blocked (not: dkim) here|BLOCK", {"column 5 (substrings)", "(not: a, b)"}},
		{"x|any|5xx||blocked (not: dkim,)|BLOCK", {"column 5 (substrings)", "between two commas"}},
		{"x|any|5xx||blocked (not:)|BLOCK", {"column 5 (substrings)", "between two commas"}},
		{"x|any|5xx||blocked|DNSB",
		 {"column 6 (class): \"DNSB\" is no class; did you mean \"DNSBL\"", "RECEIVER"}},
		{"x|any|5xx||blocked|BLOK", {"did you mean \"BLOCK\"", "DNSBL"}},
		{"x|any|5xx||blocked|NONE",
		 {"column 6 (class)", "valid are BLOCK, DNSBL, TEMP, PTR, AUTH, HELO, POLICY, "
				      "RECEIVER, IGNORE"}},
		{"x|any|5xx||blocked|whatever", {"\"whatever\" is no class: valid", "IGNORE"}},
		{"x|any|5xx||blocked|", {"column 6 (class)", ""}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reply_row row = {.code_count = 77};
		struct ini_error error;
		assert_int_equal(parse(cases[i].row, &row, &error), -EINVAL);
		assert_int_equal(row.code_count, 77);
		assert_memory_equal(error.message, "table:7: ", strlen("table:7: "));
		for (size_t j = 0; j < 2; j++)
			if (!strstr(error.message, cases[i].words[j]))
				fail_msg("of \"%s\" is said: %s", cases[i].row, error.message);
	}
}

/* As many texts as a line can hold. */
static void test_longest_lines(void **state)
{
	char line[REPLY_ROW_SIZE + 1] = "x|any|5xx||abcd (not: 0";
	struct reply_row row;
	struct ini_error error;

	(void)state;
	for (size_t length = strlen(line); length + strlen(",1)|BLOCK") < REPLY_ROW_SIZE; length += 2)
		strcat(line, ",1");
	strcat(line, ")|BLOCK");
	assert_int_equal(parse(line, &row, &error), 0);
	reply_row_clear(&row);
	snprintf(line, sizeof(line), "x|any|5xx||abcd");
	for (size_t length = strlen(line); length + strlen(" / abcd|BLOCK") < REPLY_ROW_SIZE; length += 7)
		strcat(line, " / abcd");
	strcat(line, "|BLOCK");
	assert_int_equal(parse(line, &row, &error), 0);
	reply_row_clear(&row);
}

static void test_enhanced_of_a_text(void **state)
{
	static const struct {
		const char *text;
		struct enhanced_code code;
	} cases[] = {
		{"5.7.1 no", {5, 7, 1}},   {"4.7.650 no", {4, 7, 650}},
		{"5.7.0", {5, 7, 0}},      {"2.0.0 fine", {0, 0, 0}},
		{"5.7 no", {0, 0, 0}},     {"5.7.1111 no", {0, 0, 0}},
		{"5.7.1.2 no", {0, 0, 0}}, {"5.7.1x", {0, 0, 0}},
		{"5..1 no", {0, 0, 0}},    {"5", {0, 0, 0}},
		{"", {0, 0, 0}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct enhanced_code code = reply_enhanced_of(cases[i].text);
		assert_int_equal(code.class, cases[i].code.class);
		if (code.class) {
			assert_int_equal(code.subject, cases[i].code.subject);
			assert_int_equal(code.detail, cases[i].code.detail);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_substrings),
		cmocka_unit_test(test_domains_are_no_addresses),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_longest_lines),
		cmocka_unit_test(test_enhanced_of_a_text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("reply_row", tests, NULL, NULL);
}
