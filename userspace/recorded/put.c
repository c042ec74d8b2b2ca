// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/put.h"

#include "lib/clock.h"
#include "lib/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define NUMBER_DIGITS 20 /* of 2^64 - 1 */
#define SURROGATE_HIGH 0xd800
#define SURROGATE_LOW 0xdc00
#define ONES 0x0101010101010101ULL
#define TOPS 0x8080808080808080ULL

static bool has_room(struct output *output, size_t size)
{
	if ((size_t)(output->end - output->at) < size)
		output->is_full = true;
	return !output->is_full;
}

void put_bytes(struct output *output, const char *bytes, size_t size)
{
	if (!has_room(output, size))
		return;
	memcpy(output->at, bytes, size);
	output->at += size;
}

void put_number(struct output *output, uint64_t number)
{
	char digits[NUMBER_DIGITS];
	char *first = digits + sizeof(digits);

	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put_bytes(output, first, (size_t)(digits + sizeof(digits) - first));
}

/* The date and the time of a second, which thousands of lines in a row have in common. */
static const char *date_of(time_t seconds)
{
	static _Thread_local time_t known_seconds = -1;
	static _Thread_local char known[sizeof("2026-11-22T03:12:04")];
	struct tm parts;

	if (seconds == known_seconds)
		return known;
	if (!gmtime_r(&seconds, &parts))
		return "1970-01-01T00:00:00";
	strftime(known, sizeof(known), "%Y-%m-%dT%H:%M:%S", &parts);
	known_seconds = seconds;
	return known;
}

void put_time(struct output *output, uint64_t wall_ns)
{
	char text[] = "\"0000-00-00T00:00:00.000000000Z\"";
	char *digit = text + sizeof(text) - 1 - sizeof("Z\"");

	memcpy(text + 1, date_of((time_t)(wall_ns / NANOSECONDS_A_SECOND)), sizeof("0000-00-00T00:00:00") - 1);
	for (uint64_t rest = wall_ns % NANOSECONDS_A_SECOND; rest > 0; rest /= 10)
		*digit-- = (char)('0' + rest % 10);
	put_bytes(output, text, sizeof(text) - 1);
}

/* Whether all of 8 bytes can stand in a text as they are. A byte behind one that cannot may be taken for one, never the
 * other way round. */
static bool is_plain(uint64_t word)
{
	uint64_t quote = word ^ ONES * '"';
	uint64_t backslash = word ^ ONES * '\\';
	uint64_t delete = word ^ ONES * 0x7f;
	uint64_t found = (word - ONES * ' ') | (quote - ONES) | (backslash - ONES) | (delete - ONES) | word;

	return (found & TOPS) == 0;
}

static bool is_plain_byte(uint8_t byte)
{
	return byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';
}

static void put_unit(struct output *output, uint32_t unit)
{
	static const char digits[] = "0123456789abcdef";
	const char text[] = {
		'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]};

	put_bytes(output, text, sizeof(text));
}

/* What is behind a byte that is not plain: of one to four of them, escaped. Returns how many. */
static size_t put_escaped(struct output *output, const uint8_t *text, size_t size)
{
	uint32_t code;

	if (*text == '"' || *text == '\\') {
		const char pair[] = {'\\', (char)*text};
		put_bytes(output, pair, sizeof(pair));
		return 1;
	}
	size_t length = text_decode_utf8(text, size, &code);
	if (length == 0)
		put_unit(output, SURROGATE_LOW + *text);
	else if (code < 0x10000)
		put_unit(output, code);
	else {
		put_unit(output, SURROGATE_HIGH + ((code - 0x10000) >> 10));
		put_unit(output, SURROGATE_LOW + ((code - 0x10000) & 0x3ff));
	}
	return length ? length : 1;
}

void put_text(struct output *output, const char *text, size_t size)
{
	const uint8_t *at = (const uint8_t *)text;
	uint64_t word;

	put_bytes(output, "\"", 1);
	while (size > 0 && !output->is_full) {
		if (size >= sizeof(word) && (memcpy(&word, at, sizeof(word)), is_plain(word))) {
			put_bytes(output, (const char *)at, sizeof(word));
			at += sizeof(word);
			size -= sizeof(word);
			continue;
		}
		size_t used = 1;
		if (is_plain_byte(*at))
			put_bytes(output, (const char *)at, 1);
		else
			used = put_escaped(output, at, size);
		at += used;
		size -= used;
	}
	put_bytes(output, "\"", 1);
}

void put_address(struct output *output, const struct address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	address_format(address, text);
	put_bytes(output, "\"", 1);
	put_bytes(output, text, strlen(text));
	put_bytes(output, "\"", 1);
}

void put_mac(struct output *output, const uint8_t mac[6])
{
	char text[sizeof("\"00-00-00-00-00-00\"")];
	int length = snprintf(text, sizeof(text), "\"%02X-%02X-%02X-%02X-%02X-%02X\"", mac[0], mac[1], mac[2], mac[3],
			      mac[4], mac[5]);

	put_bytes(output, text, (size_t)length);
}

void put_enhanced(struct output *output, const struct enhanced_code *enhanced)
{
	put_bytes(output, "\"", 1);
	put_number(output, enhanced->class);
	put_bytes(output, ".", 1);
	put_number(output, enhanced->subject);
	put_bytes(output, ".", 1);
	put_number(output, enhanced->detail);
	put_bytes(output, "\"", 1);
}

void put_hex(struct output *output, uint64_t number)
{
	char text[sizeof("\"ffffffffffffffff\"")];
	char *first = text + sizeof(text);

	*--first = '"';
	do {
		*--first = "0123456789abcdef"[number & 15];
		number >>= 4;
	} while (number > 0);
	*--first = '"';
	put_bytes(output, first, (size_t)(text + sizeof(text) - first));
}
