// SPDX-License-Identifier: GPL-2.0-only
#include "lib/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char hex_digits[] = "0123456789ABCDEF";

static bool is_plain(uint8_t byte)
{
	return byte > ' ' && byte < 0x7f && byte != '%';
}

void keep_begin(FILE *stream, const char *kind)
{
	fputs(kind, stream);
}

void keep_end(FILE *stream)
{
	fputc('\n', stream);
}

static void put_name(FILE *stream, const char *name)
{
	fputc(' ', stream);
	fputs(name, stream);
	fputc('=', stream);
}

/* Faster than printf(), which most of the time would go into. */
static void put_decimal(FILE *stream, uint64_t number)
{
	char digits[20]; /* of 2^64 */
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	fwrite(digits + at, 1, sizeof(digits) - at, stream);
}

void keep_put_number(FILE *stream, const char *name, uint64_t number)
{
	if (number == 0)
		return;
	put_name(stream, name);
	put_decimal(stream, number);
}

void keep_put_bytes(FILE *stream, const char *name, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	put_name(stream, name);
	for (const uint8_t *end = at + size; at < end; at++) {
		if (is_plain(*at)) {
			fputc(*at, stream);
			continue;
		}
		fputc('%', stream);
		fputc(hex_digits[*at >> 4], stream);
		fputc(hex_digits[*at & 15], stream);
	}
}

void keep_put_text(FILE *stream, const char *name, const char *text)
{
	if (text)
		keep_put_bytes(stream, name, text, strlen(text));
}

void keep_put_numbers(FILE *stream, const char *name, const uint64_t *numbers, size_t count)
{
	while (count > 0 && numbers[count - 1] == 0)
		count--;
	if (count == 0)
		return;
	put_name(stream, name);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			fputc(',', stream);
		put_decimal(stream, numbers[i]);
	}
}

void keep_put_endpoint(FILE *stream, const char *name, const struct endpoint *endpoint)
{
	char address[ADDRESS_TEXT_SIZE];

	if (endpoint->port == 0)
		return;
	put_name(stream, name);
	fputs(address_format(&endpoint->address, address), stream);
	fputc(',', stream);
	put_decimal(stream, endpoint->port);
}

/* -1: it is none. */
static int digit_of(char byte)
{
	const char *at = byte ? strchr(hex_digits, byte) : NULL;
	return at ? (int)(at - hex_digits) : -1;
}

/* In place: it does not get longer. */
static bool decode(struct keep_field *field)
{
	char *to = field->value;

	for (const char *at = field->value, *end = at + field->size; at < end; at++) {
		if (*at != '%') {
			*to++ = *at;
			continue;
		}
		int high = end - at > 2 ? digit_of(at[1]) : -1;
		int low = end - at > 2 ? digit_of(at[2]) : -1;
		if (high < 0 || low < 0)
			return false;
		*to++ = (char)(high << 4 | low);
		at += 2;
	}
	field->size = (size_t)(to - field->value);
	*to = '\0';
	return true;
}

static bool take_word(struct keep_line *line, char *word, size_t size)
{
	char *mark = memchr(word, '=', size);

	if (!line->kind) {
		line->kind = word;
		return size > 0 && !mark;
	}
	if (!mark || mark == word)
		return false;
	if (line->count == KEEP_FIELDS_MAX)
		return true;
	struct keep_field *field = &line->fields[line->count++];
	*mark = '\0';
	*field = (struct keep_field){.name = word, .value = mark + 1, .size = size - (size_t)(mark + 1 - word)};
	return decode(field);
}

int keep_parse(char *text, size_t size, struct keep_line *ret_line)
{
	char *end = text + size;

	ret_line->kind = NULL;
	ret_line->count = 0;
	ret_line->is_bad = false;
	if (memchr(text, '\0', size))
		return -EINVAL;
	for (char *at = text; at <= end;) {
		char *mark = memchr(at, ' ', (size_t)(end - at));
		char *next = mark ? mark : end;
		*next = '\0';
		if (!take_word(ret_line, at, (size_t)(next - at)))
			return -EINVAL;
		at = next + 1;
	}
	return 0;
}

bool keep_is(const struct keep_line *line, const char *kind)
{
	return strcmp(line->kind, kind) == 0;
}

static const struct keep_field *find(const struct keep_line *line, const char *name)
{
	for (size_t i = 0; i < line->count; i++)
		if (strcmp(line->fields[i].name, name) == 0)
			return &line->fields[i];
	return NULL;
}

/* Digits up to `end` and nothing else. */
static bool parse_number(const char *at, const char *end, uint64_t max, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (at == end)
		return false;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9' || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number))
			return false;
	}
	*ret_number = number;
	return number <= max;
}

uint64_t keep_number(struct keep_line *line, const char *name, uint64_t max)
{
	const struct keep_field *field = find(line, name);
	uint64_t number;

	if (!field)
		return 0;
	if (parse_number(field->value, field->value + field->size, max, &number))
		return number;
	line->is_bad = true;
	return 0;
}

bool keep_flag(struct keep_line *line, const char *name)
{
	return keep_number(line, name, 1) == 1;
}

const char *keep_bytes(struct keep_line *line, const char *name, size_t *ret_size)
{
	const struct keep_field *field = find(line, name);

	*ret_size = field ? field->size : 0;
	return field ? field->value : NULL;
}

const char *keep_text(struct keep_line *line, const char *name)
{
	const struct keep_field *field = find(line, name);

	if (!field || !memchr(field->value, '\0', field->size))
		return field ? field->value : NULL;
	line->is_bad = true;
	return NULL;
}

void keep_copy_text(struct keep_line *line, const char *name, char *target, size_t size)
{
	const char *text = keep_text(line, name);
	size_t length = text ? strlen(text) : 0;

	target[0] = '\0';
	if (length >= size)
		line->is_bad = true;
	else if (text)
		memcpy(target, text, length + 1);
}

bool keep_copy_bytes(struct keep_line *line, const char *name, void *target, size_t size)
{
	const struct keep_field *field = find(line, name);

	if (field && field->size == size) {
		memcpy(target, field->value, size);
		return true;
	}
	memset(target, 0, size);
	line->is_bad |= field != NULL;
	return false;
}

size_t keep_numbers(struct keep_line *line, const char *name, uint64_t max, uint64_t *ret_numbers, size_t count)
{
	const struct keep_field *field = find(line, name);
	const char *end = field ? field->value + field->size : NULL;
	size_t found = 0;

	memset(ret_numbers, 0, count * sizeof(*ret_numbers));
	for (const char *at = field ? field->value : NULL; at && found < count;) {
		const char *mark = memchr(at, ',', (size_t)(end - at));
		if (!parse_number(at, mark ? mark : end, max, &ret_numbers[found])) {
			line->is_bad = true;
			ret_numbers[found] = 0;
			return found;
		}
		found++;
		at = mark ? mark + 1 : NULL;
	}
	return found;
}

void keep_endpoint(struct keep_line *line, const char *name, struct endpoint *ret_endpoint)
{
	char text[ADDRESS_TEXT_SIZE + sizeof(",65535")];
	uint64_t port;

	memset(ret_endpoint, 0, sizeof(*ret_endpoint));
	keep_copy_text(line, name, text, sizeof(text));
	if (!text[0])
		return;
	char *mark = strchr(text, ',');
	if (mark)
		*mark = '\0';
	if (!mark || !parse_number(mark + 1, mark + 1 + strlen(mark + 1), UINT16_MAX, &port) ||
	    address_parse(text, &ret_endpoint->address) != 0)
		line->is_bad = true;
	else
		ret_endpoint->port = (uint16_t)port;
}

size_t keep_choice(struct keep_line *line, const char *name, keep_namer name_of, size_t count)
{
	const char *text = keep_text(line, name);

	for (size_t number = 0; text && number < count; number++)
		if (strcmp(name_of(number), text) == 0)
			return number;
	line->is_bad |= text != NULL;
	return 0;
}
