// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/field_read.h"

#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <smtpwatch/actor.h>
#include <string.h>

static void *start_of(void *member, size_t offset)
{
	return (char *)member - offset;
}

static uint64_t largest(size_t size)
{
	return size >= sizeof(uint64_t) ? UINT64_MAX : (1ULL << 8 * size) - 1;
}

static void store(void *target, size_t size, uint64_t value)
{
	const uint32_t four = (uint32_t)value;
	const uint16_t two = (uint16_t)value;
	const uint8_t one = (uint8_t)value;

	if (size == sizeof(value))
		memcpy(target, &value, sizeof(value));
	else if (size == sizeof(four))
		memcpy(target, &four, sizeof(four));
	else if (size == sizeof(two))
		memcpy(target, &two, sizeof(two));
	else
		memcpy(target, &one, sizeof(one));
}

static int read_number(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	uint64_t number;

	(void)words;
	if (lexer_read_number(lexer, largest(field->size), &number))
		return -EINVAL;
	store(target, field->size, number);
	return 0;
}

static int read_hex(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct lexed_text text;
	uint64_t number = 0;

	(void)words;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	if (text.size == 0 || text.size > 2 * sizeof(number))
		return lexer_refuse(lexer, "is no hexadecimal number in quotes");
	for (size_t i = 0; i < text.size; i++) {
		if (!lexer_is_one_of(text.text[i], "0123456789abcdef"))
			return lexer_refuse(lexer, "is no hexadecimal number in quotes");
		number = number << 4 | (uint64_t)(text.text[i] <= '9' ? text.text[i] - '0' : text.text[i] - 'a' + 10);
	}
	store(target, field->size, number);
	return 0;
}

static int read_true(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	(void)words;
	(void)field;
	return lexer_read_bool(lexer, target);
}

static int read_flag(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	uint32_t *flags = target;
	bool is_set;

	(void)words;
	if (lexer_read_bool(lexer, &is_set))
		return -EINVAL;
	*flags = is_set ? *flags | field->argument : *flags & ~field->argument;
	return 0;
}

static int read_named(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct lexed_text text;

	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	int value = words_find(words, WORDS_OF_LIST(field->argument), text.text, text.size);
	if (value < 0)
		return lexer_refuse(lexer, "is none of the words that can stand there");
	store(target, field->size, (uint64_t)value);
	return 0;
}

static int read_text(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct lexed_text text;

	(void)words;
	(void)field;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	char *kept = lexer_keep_text(lexer, &text);
	if (!kept)
		return -EINVAL;
	*(char **)target = kept;
	return 0;
}

static int read_chars(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct lexed_text text;

	(void)words;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	if (text.size >= field->size || text.has_nul)
		return lexer_refuse(lexer, text.has_nul ? "has a NUL within" : "is too long");
	memcpy(target, text.text, text.size);
	((char *)target)[text.size] = '\0';
	return 0;
}

static int read_argv(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct actor *actor = start_of(target, offsetof(struct actor, argv));
	struct lexed_text text;

	(void)words;
	(void)field;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	char *kept = lexer_keep_bytes(lexer, &text);
	if (!kept)
		return -EINVAL;
	actor->argv = text.size ? kept : NULL;
	actor->argv_size = text.size;
	return 0;
}

static int read_time(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	uint64_t wall_ns;

	(void)words;
	if (lexer_read_time(lexer, &wall_ns))
		return -EINVAL;
	store(target, field->size, wall_ns);
	return 0;
}

/* "203.0.113.25"; false where it is something else. By hand, as each line has two. */
static bool parse_ipv4(const struct lexed_text *text, struct address *ret_address)
{
	uint8_t bytes[4] = {0};
	unsigned int octet = 0;
	size_t digits = 0;
	size_t at = 0;

	for (size_t i = 0; i < text->size; i++) {
		unsigned int digit = (uint8_t)(text->text[i] - '0');
		if (digit < 10 && digits < 3) {
			octet = 10 * octet + digit;
			digits++;
		} else if (text->text[i] == '.' && digits > 0 && octet < 256 && at < 3) {
			bytes[at++] = (uint8_t)octet;
			octet = 0;
			digits = 0;
		} else
			return false;
	}
	bytes[3] = (uint8_t)octet;
	*ret_address = address_from_ipv4(bytes);
	return at == 3 && digits > 0 && octet < 256;
}

static int read_address(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	char copy[ADDRESS_TEXT_SIZE] = "";
	struct address address;
	struct lexed_text text;

	(void)words;
	(void)field;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	if (!parse_ipv4(&text, &address)) {
		if (text.size >= sizeof(copy))
			return lexer_refuse(lexer, "is no address");
		memcpy(copy, text.text, text.size);
		if (address_parse(copy, &address) != 0)
			return lexer_refuse(lexer, "is no address");
	}
	memcpy(target, &address, sizeof(address));
	return 0;
}

static int read_mac(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct wire_source *source = start_of(target, offsetof(struct wire_source, has_mac));
	char copy[sizeof("00-00-00-00-00-00")] = "";
	struct lexed_text text;
	unsigned int bytes[sizeof(source->mac)];
	int used = 0;

	(void)words;
	(void)field;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	if (text.size != sizeof(copy) - 1)
		return lexer_refuse(lexer, "is no hardware address as 00-0C-29-3E-5F-01");
	memcpy(copy, text.text, text.size);
	if (sscanf(copy, "%2x-%2x-%2x-%2x-%2x-%2x%n", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5],
		   &used) != (int)sizeof(source->mac) ||
	    used != (int)text.size)
		return lexer_refuse(lexer, "is no hardware address as 00-0C-29-3E-5F-01");
	for (size_t i = 0; i < sizeof(source->mac); i++)
		source->mac[i] = (uint8_t)bytes[i];
	source->has_mac = true;
	return 0;
}

/* The number up to a dot or the end of the text, behind which `*at` is left. False: there is none that fits. */
static bool take_number(const struct lexed_text *text, size_t *at, unsigned int maximum, unsigned int *ret_number)
{
	size_t first = *at;
	unsigned int number = 0;

	for (; *at < text->size && (uint8_t)(text->text[*at] - '0') < 10 && number <= maximum; (*at)++)
		number = 10 * number + (uint8_t)(text->text[*at] - '0');
	if (*at == first || number > maximum)
		return false;
	if (*at < text->size && text->text[(*at)++] != '.')
		return false;
	*ret_number = number;
	return true;
}

static int read_enhanced(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct enhanced_code *enhanced = target;
	struct lexed_text text;
	unsigned int class;
	unsigned int subject;
	unsigned int detail;
	size_t at = 0;

	(void)words;
	(void)field;
	if (lexer_read_text(lexer, &text))
		return -EINVAL;
	if (!take_number(&text, &at, UINT8_MAX, &class) || !take_number(&text, &at, UINT16_MAX, &subject) ||
	    !take_number(&text, &at, UINT16_MAX, &detail) || at != text.size)
		return lexer_refuse(lexer, "is no code as 5.7.1");
	*enhanced = (struct enhanced_code){(uint8_t) class, (uint16_t)subject, (uint16_t)detail};
	return 0;
}

static int read_extensions(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	uint32_t bits = 0;
	struct lexed_text text;

	if (lexer_expect(lexer, '[', "is no list"))
		return -EINVAL;
	for (bool is_first = true; lexer_peek(lexer) != ']'; is_first = false) {
		if (!is_first && lexer_expect(lexer, ',', "is no list"))
			return -EINVAL;
		if (lexer_read_text(lexer, &text))
			return -EINVAL;
		int bit = words_find(words, WORDS_OF_LIST(LIST_EXTENSION), text.text, text.size);
		if (bit >= 0)
			bits |= 1U << bit;
	}
	lexer->at++;
	store(target, field->size, bits);
	return 0;
}

static int read_helo(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	struct dialogue *dialogue = start_of(target, offsetof(struct dialogue, helo));

	if (read_text(lexer, words, field, target))
		return -EINVAL;
	dialogue->is_extended = field->kind == FIELD_EHLO;
	return 0;
}

static int pass_over(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	(void)words;
	(void)field;
	(void)target;
	return lexer_skip_value(lexer);
}

static int (*const readers[])(struct lexer *, const struct words *, const struct field *, void *) = {
	[FIELD_OBJECT] = pass_over,       [FIELD_ANCESTORS] = pass_over,
	[FIELD_CONSTANT] = pass_over,     [FIELD_NUMBER] = read_number,
	[FIELD_ID] = read_number,         [FIELD_LIKE] = read_number,
	[FIELD_LIKE_ID] = read_number,    [FIELD_HEX] = read_hex,
	[FIELD_TRUE] = read_true,         [FIELD_FLAG] = read_flag,
	[FIELD_NAMED] = read_named,       [FIELD_TEXT] = read_text,
	[FIELD_WORDS] = read_text,        [FIELD_CHARS] = read_chars,
	[FIELD_ARGV] = read_argv,         [FIELD_TIME] = read_time,
	[FIELD_ADDRESS] = read_address,   [FIELD_MAC] = read_mac,
	[FIELD_ENHANCED] = read_enhanced, [FIELD_EXTENSIONS] = read_extensions,
	[FIELD_EHLO] = read_helo,         [FIELD_HELO] = read_helo,
};
static_assert(COUNT_OF(readers) == FIELD_KIND_COUNT, "each kind can be read");

int recorded_field_read(struct lexer *lexer, const struct words *words, const struct field *field, void *target)
{
	return readers[field->kind](lexer, words, field, target);
}
