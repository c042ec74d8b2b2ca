// SPDX-License-Identifier: GPL-2.0-only
#include "lib/text.h"

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(literal) literal, sizeof(literal) - 1

struct sample {
	const char *source;
	size_t size;
	const char *escaped;
};

/* One character or bad byte each. Joined in this order, none becomes part of its neighbour. */
static const struct sample samples[] = {
	{BYTES("a"), "a"},
	{BYTES("~"), "~"},
	{BYTES(" "), " "},
	{BYTES("\""), "\""}, /* it means nothing in a sentence */
	{BYTES("\0"), "\\x00"},
	{BYTES("\n"), "\\x0a"},
	{BYTES("\r"), "\\x0d"},
	{BYTES("\t"), "\\x09"},
	{BYTES("\x1b"), "\\x1b"},
	{BYTES("\x1f"), "\\x1f"},
	{BYTES("\x7f"), "\\x7f"},
	{BYTES("\\"), "\\\\"},
	{BYTES("\xc2\x80"), "\\u{80}"},
	{BYTES("\xc2\x9b"), "\\u{9b}"},
	{BYTES("\xc2\x9f"), "\\u{9f}"},
	{BYTES("\xc2\xa0"), "\xc2\xa0"},
	{BYTES("\xc2\xad"), "\\u{ad}"},
	{BYTES("\xc3\xa9"), "\xc3\xa9"},
	{BYTES("\xd8\x9c"), "\\u{61c}"},
	{BYTES("\xe1\x85\x9e"), "\xe1\x85\x9e"},
	{BYTES("\xe1\x85\x9f"), "\\u{115f}"},
	{BYTES("\xe1\x85\xa0"), "\\u{1160}"},
	{BYTES("\xe1\xa0\x8e"), "\\u{180e}"},
	{BYTES("\xe2\x80\x8a"), "\xe2\x80\x8a"},
	{BYTES("\xe2\x80\x8b"), "\\u{200b}"},
	{BYTES("\xe2\x80\x8f"), "\\u{200f}"},
	{BYTES("\xe2\x80\x90"), "\xe2\x80\x90"},
	{BYTES("\xe2\x80\xa7"), "\xe2\x80\xa7"},
	{BYTES("\xe2\x80\xa8"), "\\u{2028}"},
	{BYTES("\xe2\x80\xae"), "\\u{202e}"},
	{BYTES("\xe2\x80\xaf"), "\xe2\x80\xaf"},
	{BYTES("\xe2\x81\xa0"), "\\u{2060}"},
	{BYTES("\xe2\x81\xa6"), "\\u{2066}"},
	{BYTES("\xe2\x81\xaf"), "\\u{206f}"},
	{BYTES("\xe2\x82\xac"), "\xe2\x82\xac"},
	{BYTES("\xe3\x85\xa4"), "\\u{3164}"},
	{BYTES("\xef\xb7\x90"), "\\u{fdd0}"},
	{BYTES("\xef\xb7\xaf"), "\\u{fdef}"},
	{BYTES("\xef\xb8\x80"), "\\u{fe00}"},
	{BYTES("\xef\xb8\x8f"), "\\u{fe0f}"},
	{BYTES("\xef\xbb\xbf"), "\\u{feff}"},
	{BYTES("\xef\xbe\xa0"), "\\u{ffa0}"},
	{BYTES("\xef\xbf\xb0"), "\\u{fff0}"},
	{BYTES("\xef\xbf\xbb"), "\\u{fffb}"},
	{BYTES("\xef\xbf\xbd"), "\xef\xbf\xbd"},
	{BYTES("\xef\xbf\xbe"), "\\u{fffe}"},
	{BYTES("\xef\xbf\xbf"), "\\u{ffff}"},
	{BYTES("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80"},
	{BYTES("\xf0\x9f\xbf\xbe"), "\\u{1fffe}"},
	{BYTES("\xf3\xa0\x80\x80"), "\\u{e0000}"},
	{BYTES("\xf3\xa0\x81\x81"), "\\u{e0041}"},
	{BYTES("\xf3\xa0\xbf\xbf"), "\\u{e0fff}"},
	{BYTES("\xf4\x8f\xbf\xbd"), "\xf4\x8f\xbf\xbd"},
	{BYTES("\xf4\x8f\xbf\xbf"), "\\u{10ffff}"},
	/* No UTF-8: stray, unused, cut, overlong, surrogate, beyond the last code point. */
	{BYTES("\x80"), "\\x80"},
	{BYTES("\xff"), "\\xff"},
	{BYTES("\xfe"), "\\xfe"},
	{BYTES("\xc3"), "\\xc3"},
	{BYTES("\xe2\x82"), "\\xe2\\x82"},
	{BYTES("\xf0\x9f\x98"), "\\xf0\\x9f\\x98"},
	{BYTES("\xc0\xaf"), "\\xc0\\xaf"},
	{BYTES("\xc1\xbf"), "\\xc1\\xbf"},
	{BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf"},
	{BYTES("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf"},
	{BYTES("\xf0\x8f\xbf\xbf"), "\\xf0\\x8f\\xbf\\xbf"},
	{BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80"},
	{BYTES("\xed\xbf\xbf"), "\\xed\\xbf\\xbf"},
	{BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
	{BYTES("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80"},
};

static void test_escape_each_character(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		char target[64];
		size_t length = text_escape(target, sizeof(target), samples[i].source, samples[i].size);

		assert_string_equal(target, samples[i].escaped);
		assert_int_equal(length, strlen(samples[i].escaped));
	}
}

/* All samples as one text. `ret_ends` gets the escaped length behind each piece that may not be cut. */
static size_t join_samples(char *source, char *escaped, size_t *ret_ends, size_t *ret_end_count)
{
	size_t size = 0;
	size_t count = 0;

	escaped[0] = '\0';
	ret_ends[count++] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const char *piece = samples[i].escaped;
		size_t start = strlen(escaped);

		memcpy(source + size, samples[i].source, samples[i].size);
		size += samples[i].size;
		strcat(escaped, piece);
		/* A bad sequence is one piece per byte. */
		for (size_t j = 1; j < samples[i].size && strncmp(piece, "\\x", 2) == 0; j++)
			ret_ends[count++] = start + 4 * j;
		ret_ends[count++] = strlen(escaped);
	}
	*ret_end_count = count;
	return size;
}

static void test_escape_cuts_between_characters(void **state)
{
	char source[512];
	char escaped[1024];
	char target[1024];
	size_t ends[256];
	size_t end_count;
	size_t source_size = join_samples(source, escaped, ends, &end_count);
	size_t piece = 0;

	(void)state;
	for (size_t size = 1; size <= strlen(escaped) + 2; size++) {
		while (piece + 1 < end_count && ends[piece + 1] <= size - 1)
			piece++;
		memset(target, 'X', sizeof(target));
		assert_int_equal(text_escape(target, size, source, source_size), ends[piece]);
		assert_memory_equal(target, escaped, ends[piece]);
		assert_int_equal(target[ends[piece]], '\0');
		assert_int_equal(target[size], 'X');
	}
	assert_int_equal(ends[piece], strlen(escaped));
}

static void test_escape_long_source_into_small_targets(void **state)
{
	char source[4096];
	char target[64];

	(void)state;
	memset(source, '\x1b', sizeof(source));
	for (size_t size = 1; size < sizeof(target); size++) {
		size_t expected = (size - 1) / 4 * 4;

		memset(target, 'X', sizeof(target));
		assert_int_equal(text_escape(target, size, source, sizeof(source)), expected);
		assert_int_equal(strlen(target), expected);
		assert_int_equal(target[size], 'X');
	}
}

static void test_escape_nothing(void **state)
{
	char target[4] = "???";

	(void)state;
	assert_int_equal(text_escape(target, sizeof(target), NULL, 0), 0);
	assert_string_equal(target, "");
	assert_int_equal(text_escape_value(target, sizeof(target), NULL, 0), 2);
	assert_string_equal(target, "\"\"");
}

static void test_escape_value_quotes(void **state)
{
	static const struct sample values[] = {
		{BYTES(""), "\"\""},           {BYTES("/usr/bin/php"), "/usr/bin/php"},
		{BYTES("a b"), "\"a b\""},     {BYTES("a=b"), "\"a=b\""},
		{BYTES("a\"b"), "\"a\\\"b\""}, {BYTES("\" dst=1.2.3.4"), "\"\\\" dst=1.2.3.4\""},
		{BYTES("\\"), "\\\\"},         {BYTES("\\\""), "\"\\\\\\\"\""},
		{BYTES("a\nb"), "a\\x0ab"},    {BYTES("a\nb c"), "\"a\\x0ab c\""},
		{BYTES("\0"), "\\x00"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char target[64];
		size_t length = text_escape_value(target, sizeof(target), values[i].source, values[i].size);

		assert_string_equal(target, values[i].escaped);
		assert_int_equal(length, strlen(values[i].escaped));
	}
}

static void test_escape_value_cut_keeps_quotes_balanced(void **state)
{
	static const char *const expected[] = {
		"",          "",           "\"\"",       "\"\"",       "\"\\\"\"", /* sizes 1 to 5 */
		"\"\\\" \"", "\"\\\" b\"", "\"\\\" b\"", "\"\\\" b\"", "\"\\\" b\"", "\"\\\" b\\x0a\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		char target[16];
		size_t size = i + 1;

		memset(target, 'X', sizeof(target));
		assert_int_equal(text_escape_value(target, size, BYTES("\" b\n")), strlen(expected[i]));
		assert_string_equal(target, expected[i]);
		assert_int_equal(target[size], 'X');
	}
}

/* A reader of UTF-8 that shares nothing with the one under test. Returns the length, 0 if it is none. */
static size_t read_utf8(const char *text, unsigned long *ret_code_point)
{
	const unsigned char *s = (const unsigned char *)text;

	*ret_code_point = s[0];
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf && s[1] >> 6 == 2) {
		*ret_code_point = (s[0] - 0xc0UL) * 64 + s[1] - 0x80UL;
		return 2;
	}
	if (s[0] >= 0xe0 && s[0] <= 0xef && s[1] >> 6 == 2 && s[2] >> 6 == 2) {
		*ret_code_point = ((s[0] - 0xe0UL) * 64 + s[1] - 0x80UL) * 64 + s[2] - 0x80UL;
		return *ret_code_point < 0x800 || *ret_code_point / 0x800 == 0x1b ? 0 : 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4 && s[1] >> 6 == 2 && s[2] >> 6 == 2 && s[3] >> 6 == 2) {
		*ret_code_point = (((s[0] - 0xf0UL) * 64 + s[1] - 0x80UL) * 64 + s[2] - 0x80UL) * 64 + s[3] - 0x80UL;
		return *ret_code_point < 0x10000 || *ret_code_point > 0x10ffff ? 0 : 4;
	}
	return 0;
}

static bool is_presentable(unsigned long c)
{
	bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
	bool separator = c == 0x2028 || c == 0x2029;
	bool direction = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
			 (c >= 0x2066 && c <= 0x2069);
	bool invisible = c == 0xad || c == 0x115f || c == 0x1160 || c == 0x180e || (c >= 0x200b && c <= 0x200d) ||
			 (c >= 0x2060 && c <= 0x206f) || c == 0x3164 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff ||
			 c == 0xffa0 || (c >= 0xfff0 && c <= 0xfffb) || c >> 12 == 0xe0;
	bool noncharacter = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);

	return !control && !separator && !direction && !invisible && !noncharacter;
}

static void assert_presentable(const char *text, size_t length)
{
	assert_int_equal(strlen(text), length);
	while (*text != '\0') {
		unsigned long code_point;
		size_t consumed = read_utf8(text, &code_point);

		assert_true(consumed > 0);
		assert_true(is_presentable(code_point));
		text += consumed;
	}
}

static size_t write_utf8(uint8_t *target, unsigned long c)
{
	static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		target[i] = (uint8_t)(0x80 | (c & 0x3f));
	target[0] = (uint8_t)(leads[length] | c);
	return length;
}

/* Undoes the escaping. Returns the size. */
static size_t unescape(const char *text, uint8_t *target)
{
	size_t size = 0;

	while (*text != '\0') {
		char *end;

		if (strncmp(text, "\\x", 2) == 0) {
			char digits[] = {text[2], text[3], '\0'};

			target[size++] = (uint8_t)strtoul(digits, NULL, 16);
			text += 4;
		} else if (strncmp(text, "\\u{", 3) == 0) {
			size += write_utf8(target + size, strtoul(text + 3, &end, 16));
			assert_int_equal(*end, '}');
			text = end + 1;
		} else {
			text += *text == '\\';
			target[size++] = (uint8_t)*text++;
		}
	}
	return size;
}

/* Pseudorandom, the same in each run. Not rand(): its sequence is the C library's. */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Bytes alone seldom make characters, so half of the texts are code points, some of them broken. */
static size_t random_source(uint8_t *source, size_t size, uint32_t *seed)
{
	static const uint32_t limits[] = {0x80, 0x100, 0x2100, 0x10000, 0x110000};
	bool characters = next_random(seed) & 1;
	size_t wanted = next_random(seed) % (size - 4);
	size_t length = 0;

	while (length < wanted) {
		uint32_t limit = limits[next_random(seed) % ARRAY_SIZE(limits)];

		if (characters && next_random(seed) % 8 > 0)
			length += write_utf8(source + length, next_random(seed) % limit);
		else
			source[length++] = (uint8_t)next_random(seed);
	}
	return length;
}

static void test_escape_property(void **state)
{
	uint32_t seed = 20250101;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		uint8_t source[96];
		uint8_t back[sizeof(source)];
		char full[TEXT_ESCAPED_SIZE(sizeof(source))];
		char value[TEXT_ESCAPED_SIZE(sizeof(source))];
		char small[40];
		size_t source_size = random_source(source, sizeof(source), &seed);
		size_t length = text_escape(full, sizeof(full), source, source_size);
		size_t small_size = 1 + next_random(&seed) % sizeof(small);
		size_t small_length;

		assert_presentable(full, length);
		assert_int_equal(unescape(full, back), source_size);
		assert_memory_equal(back, source, source_size);

		small_length = text_escape(small, small_size, source, source_size);
		assert_presentable(small, small_length);
		assert_memory_equal(small, full, small_length);

		length = text_escape_value(value, sizeof(value), source, source_size);
		assert_presentable(value, length);
		assert_int_equal(value[0] == '"', strpbrk(full, " \"=") || source_size == 0);
		assert_presentable(small, text_escape_value(small, small_size, source, source_size));
	}
}

/* TEXT_ESCAPED_SIZE promises room for the worst that each code point and each byte can become. */
static void test_escaped_size_is_enough(void **state)
{
	char target[64];

	(void)state;
	for (uint32_t code_point = 0; code_point <= 0x10ffff; code_point++) {
		uint8_t source[4];
		size_t size = write_utf8(source, code_point);

		assert_in_range(text_escape(target, sizeof(target), source, size), 1, TEXT_ESCAPED_SIZE(size) - 3);
	}
	assert_int_equal(text_escape_value(target, TEXT_ESCAPED_SIZE(2), BYTES("\"\n")), strlen("\"\\\"\\x0a\""));
}

static void test_decode_every_code_point(void **state)
{
	(void)state;
	for (uint32_t code_point = 0; code_point <= 0x110400; code_point++) {
		uint8_t source[4];
		uint32_t decoded = 0x777777;
		size_t size = write_utf8(source, code_point);
		bool valid = code_point <= 0x10ffff && !(code_point >= 0xd800 && code_point <= 0xdfff);

		assert_int_equal(text_decode_utf8(source, size, &decoded), valid ? size : 0);
		assert_int_equal(decoded, valid ? code_point : 0x777777);
		for (size_t cut = 1; cut < size; cut++)
			assert_int_equal(text_decode_utf8(source, cut, &decoded), 0);
	}
}

static void test_decode_overlong(void **state)
{
	uint32_t decoded = 0x777777;

	(void)state;
	for (unsigned int c = 0; c < 0x80; c++) {
		const uint8_t two[] = {(uint8_t)(0xc0 | c >> 6), (uint8_t)(0x80 | (c & 0x3f))};
		const uint8_t three[] = {0xe0, two[0] & 0x9f, two[1]};

		assert_int_equal(text_decode_utf8(two, sizeof(two), &decoded), 0);
		assert_int_equal(text_decode_utf8(three, sizeof(three), &decoded), 0);
	}
	assert_int_equal(decoded, 0x777777);
}

static void test_distance(void **state)
{
	char longest[65];

	(void)state;
	assert_int_equal(text_distance("", ""), 0);
	assert_int_equal(text_distance("ports", "ports"), 0);
	assert_int_equal(text_distance("", "ports"), 5);
	assert_int_equal(text_distance("ports", ""), 5);
	assert_int_equal(text_distance("port", "ports"), 1);
	assert_int_equal(text_distance("cooldwon", "cooldown"), 2);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_int_equal(text_distance("sitting", "kitten"), 3);
	assert_int_equal(text_distance("abc", "xyz"), 3);

	memset(longest, 'a', sizeof(longest));
	longest[64] = '\0';
	assert_true(text_distance(longest, longest) == SIZE_MAX);
	assert_true(text_distance("a", longest) == SIZE_MAX);
	longest[63] = '\0';
	assert_int_equal(text_distance(longest, longest), 0);
	assert_int_equal(text_distance(longest, ""), 63);
}

static void test_parse_number(void **state)
{
	static const struct {
		const char *text;
		uint64_t minimum;
		uint64_t maximum;
		int result;
		uint64_t number;
	} cases[] = {
		{"0", 0, 10, 0, 0},
		{"10", 0, 10, 0, 10},
		{"007", 0, 10, 0, 7},
		{"11", 0, 10, -ERANGE, 0},
		{"4", 5, 10, -ERANGE, 0},
		{"5", 5, 10, 0, 5},
		{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", 0, UINT64_MAX, -ERANGE, 0},
		{"184467440737095516150", 0, UINT64_MAX, -ERANGE, 0},
		{"99999999999999999999999999", 0, UINT64_MAX, -ERANGE, 0},
		{"99999999999999999999999999x", 0, UINT64_MAX, -EINVAL, 0},
		{"", 0, 10, -EINVAL, 0},
		{"-1", 0, UINT64_MAX, -EINVAL, 0},
		{"+1", 0, 10, -EINVAL, 0},
		{" 1", 0, 10, -EINVAL, 0},
		{"1 ", 0, 10, -EINVAL, 0},
		{"0x1", 0, 10, -EINVAL, 0},
		{"1.0", 0, 10, -EINVAL, 0},
		{"\xd9\xa1", 0, 10, -EINVAL, 0}, /* an Arabic one */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t number = 777;

		assert_int_equal(text_parse_number(cases[i].text, cases[i].minimum, cases[i].maximum, &number),
				 cases[i].result);
		assert_true(number == (cases[i].result ? 777 : cases[i].number));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape_each_character),
		cmocka_unit_test(test_escape_cuts_between_characters),
		cmocka_unit_test(test_escape_long_source_into_small_targets),
		cmocka_unit_test(test_escape_nothing),
		cmocka_unit_test(test_escape_value_quotes),
		cmocka_unit_test(test_escape_value_cut_keeps_quotes_balanced),
		cmocka_unit_test(test_escape_property),
		cmocka_unit_test(test_escaped_size_is_enough),
		cmocka_unit_test(test_decode_every_code_point),
		cmocka_unit_test(test_decode_overlong),
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_parse_number),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
