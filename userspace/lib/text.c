// SPDX-License-Identifier: GPL-2.0-only
#include "lib/text.h"
#include "lib/array.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE_MAX 63
#define DIGITS_SIZE 32 /* 2^64 has 20 */

/* The longest written form of one character is \u{10ffff}. */
#define PIECE_SIZE 16

/*
 * Code points above ASCII that are not shown as themselves: they control, separate lines, change the
 * direction of what follows, or cannot be seen. Ascending.
 */
static const struct {
	uint32_t first;
	uint32_t last;
} hidden_ranges[] = {
	{0x80, 0x9f},     /* C1 controls */
	{0xad, 0xad},     /* soft hyphen */
	{0x61c, 0x61c},   /* Arabic letter mark */
	{0x115f, 0x1160}, /* Hangul fillers */
	{0x180e, 0x180e}, /* Mongolian vowel separator */
	{0x200b, 0x200f}, /* zero width, direction marks */
	{0x2028, 0x202e}, /* line and paragraph separator, embeddings and overrides */
	{0x2060, 0x206f}, /* word joiner, invisible operators, isolates */
	{0x3164, 0x3164}, /* Hangul filler */
	{0xfdd0, 0xfdef}, /* noncharacters */
	{0xfe00, 0xfe0f}, /* variation selectors */
	{0xfeff, 0xfeff}, /* byte order mark */
	{0xffa0, 0xffa0}, /* halfwidth Hangul filler */
	{0xfff0, 0xfffb}, /* specials: interlinear annotation */
	{0xfffe, 0xffff}, /* noncharacters, here and at the end of each plane */
	{0x1fffe, 0x1ffff}, {0x2fffe, 0x2ffff}, {0x3fffe, 0x3ffff},   {0x4fffe, 0x4ffff}, {0x5fffe, 0x5ffff},
	{0x6fffe, 0x6ffff}, {0x7fffe, 0x7ffff}, {0x8fffe, 0x8ffff},   {0x9fffe, 0x9ffff}, {0xafffe, 0xaffff},
	{0xbfffe, 0xbffff}, {0xcfffe, 0xcffff}, {0xdfffe, 0xdffff},   {0xe0000, 0xe0fff}, /* tags and variation
											     selectors */
	{0xefffe, 0xeffff}, {0xffffe, 0xfffff}, {0x10fffe, 0x10ffff},
};

/* Forms of UTF-8 by lead byte. `minimum` is what shorter forms cannot say. */
static const struct {
	uint8_t mask;
	uint8_t lead;
	uint8_t length;
	uint32_t minimum;
} utf8_forms[] = {
	{0x80, 0x00, 1, 0},
	{0xe0, 0xc0, 2, 0x80},
	{0xf0, 0xe0, 3, 0x800},
	{0xf8, 0xf0, 4, 0x10000},
};

size_t text_decode_utf8(const uint8_t *source, size_t source_size, uint32_t *ret_code_point)
{
	size_t form = 0;

	while (form < COUNT_OF(utf8_forms) && (source[0] & utf8_forms[form].mask) != utf8_forms[form].lead)
		form++;
	if (form == COUNT_OF(utf8_forms) || utf8_forms[form].length > source_size)
		return 0;

	uint32_t code_point = source[0] & (uint8_t)~utf8_forms[form].mask;
	for (size_t i = 1; i < utf8_forms[form].length; i++) {
		if ((source[i] & 0xc0) != 0x80)
			return 0;
		code_point = code_point << 6 | (source[i] & 0x3f);
	}
	if (code_point < utf8_forms[form].minimum || code_point > 0x10ffff)
		return 0;
	if (code_point >= 0xd800 && code_point <= 0xdfff)
		return 0;
	*ret_code_point = code_point;
	return utf8_forms[form].length;
}

bool text_is_hidden(uint32_t code_point)
{
	for (size_t i = 0; i < COUNT_OF(hidden_ranges) && code_point >= hidden_ranges[i].first; i++) {
		if (code_point <= hidden_ranges[i].last)
			return true;
	}
	return false;
}

/* Writes the form of the first character of `source` and its length; one of the `special` ones gets a backslash.
 * Returns the bytes of `source` it stands for. */
static size_t escape_character(const uint8_t *source, size_t source_size, const char *special, char piece[PIECE_SIZE],
			       size_t *ret_piece_length)
{
	uint32_t code_point;
	size_t consumed = text_decode_utf8(source, source_size, &code_point);
	int length;

	if (consumed == 0 || code_point < 0x20 || code_point == 0x7f) {
		consumed = 1;
		length = snprintf(piece, PIECE_SIZE, "\\x%02x", source[0]);
	} else if (text_is_hidden(code_point)) {
		length = snprintf(piece, PIECE_SIZE, "\\u{%x}", code_point);
	} else if (consumed == 1 && strchr(special, (char)code_point)) {
		length = snprintf(piece, PIECE_SIZE, "\\%c", (char)code_point);
	} else {
		memcpy(piece, source, consumed);
		length = (int)consumed;
	}
	*ret_piece_length = (size_t)length;
	return consumed;
}

/* Writes at most `room` bytes and no NUL. Returns the length written. */
static size_t escape_into(char *target, size_t room, const uint8_t *source, size_t source_size, const char *special)
{
	size_t length = 0;

	while (source_size > 0) {
		char piece[PIECE_SIZE];
		size_t piece_length;
		size_t consumed = escape_character(source, source_size, special, piece, &piece_length);

		if (piece_length > room - length)
			break;
		memcpy(target + length, piece, piece_length);
		length += piece_length;
		source += consumed;
		source_size -= consumed;
	}
	return length;
}

size_t text_escape(char *target, size_t size, const void *source, size_t source_size)
{
	size_t length = escape_into(target, size - 1, source, source_size, "\\");

	target[length] = '\0';
	return length;
}

size_t text_escape_again(char *target, size_t size, const void *source, size_t source_size)
{
	size_t length = escape_into(target, size - 1, source, source_size, "");

	target[length] = '\0';
	return length;
}

static bool needs_quotes(const char *source, size_t source_size)
{
	for (size_t i = 0; i < source_size; i++) {
		if (source[i] == ' ' || source[i] == '"' || source[i] == '=')
			return true;
	}
	return source_size == 0;
}

size_t text_escape_value(char *target, size_t size, const void *source, size_t source_size)
{
	size_t length = 0;

	if (!needs_quotes(source, source_size))
		return text_escape(target, size, source, source_size);
	/* Both quotes or nothing: an opening quote alone would swallow the fields behind it. */
	if (size >= sizeof("\"\"")) {
		target[length++] = '"';
		length += escape_into(target + length, size - sizeof("\"\""), source, source_size, "\\\"");
		target[length++] = '"';
	}
	target[length] = '\0';
	return length;
}

static size_t smaller(size_t left, size_t right)
{
	return left < right ? left : right;
}

/* Levenshtein's distance: the matrix is walked by rows, of which one is kept. */
size_t text_distance(const char *left, const char *right)
{
	size_t left_length = strnlen(left, NAME_SIZE_MAX + 1);
	size_t right_length = strnlen(right, NAME_SIZE_MAX + 1);
	size_t row[NAME_SIZE_MAX + 1];

	if (left_length > NAME_SIZE_MAX || right_length > NAME_SIZE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= right_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= left_length; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= right_length; j++) {
			size_t replaced = diagonal + (left[i - 1] != right[j - 1]);

			diagonal = row[j];
			row[j] = smaller(replaced, smaller(row[j], row[j - 1]) + 1);
		}
	}
	return row[right_length];
}

int text_parse_number(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_number)
{
	uint64_t number = 0;
	bool too_big = false;

	if (*text == '\0')
		return -EINVAL;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
			too_big = true;
	}
	if (too_big || number < minimum || number > maximum)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

int text_parse_unit(const char *text, const struct text_unit *units, size_t unit_count, uint64_t minimum,
		    uint64_t maximum, uint64_t *ret_number)
{
	char digits[DIGITS_SIZE];
	size_t digit_count = strspn(text, "0123456789");
	const struct text_unit *unit = units;
	uint64_t number;

	while (unit < units + unit_count && strcmp(unit->suffix, text + digit_count) != 0)
		unit++;
	if (unit == units + unit_count || digit_count >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, digit_count);
	digits[digit_count] = '\0';

	int error = text_parse_number(digits, 0, maximum / unit->factor, &number);
	if (error)
		return error;
	if (number * unit->factor < minimum)
		return -ERANGE;
	*ret_number = number * unit->factor;
	return 0;
}

static const struct text_unit durations[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

int text_parse_duration(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_seconds)
{
	return text_parse_unit(text, durations, COUNT_OF(durations), minimum, maximum, ret_seconds);
}

const char *text_format_duration(uint64_t seconds, char text[TEXT_DURATION_SIZE])
{
	size_t unit = COUNT_OF(durations) - 1;

	while (unit > 1 && (seconds == 0 || seconds % durations[unit].factor != 0))
		unit--;
	snprintf(text, TEXT_DURATION_SIZE, "%" PRIu64 "%s", seconds / durations[unit].factor, durations[unit].suffix);
	return text;
}
