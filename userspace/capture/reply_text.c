// SPDX-License-Identifier: GPL-2.0-only
#include "capture/reply_text.h"

#include "lib/array.h"

#include <ctype.h>
#include <string.h>

/* Of which names and addresses consist. */
#define WORD_BYTES "abcdefghijklmnopqrstuvwxyz0123456789.:_-"

/* How a sentence goes on behind an address. */
#define WORD_ENDINGS ".:_-"

/* Of an address with a label before it and a port behind it. */
#define WORD_SIZE (ADDRESS_TEXT_SIZE + 32)

/* Lists of domains, and where Spamhaus shows what it has of one. */
static const char *const domain_marks[] = {"dbl.", "uribl", "surbl", "/query/domain/", "/query/dbl"};

static bool is_blank(char byte)
{
	return (unsigned char)byte <= ' ' || byte == 0x7f;
}

static char lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

size_t reply_text_squeeze(char *target, size_t size, const char *source)
{
	size_t length = 0;

	for (; *source != '\0' && length + 1 < size; source++) {
		if (!is_blank(*source))
			target[length++] = lower(*source);
		else if (length > 0 && target[length - 1] != ' ')
			target[length++] = ' ';
	}
	if (length > 0 && target[length - 1] == ' ')
		length--;
	target[length] = '\0';
	return length;
}

void reply_text_take(struct reply_text *text, const char *source)
{
	reply_text_squeeze(text->text, sizeof(text->text), source);
	text->is_cut = strnlen(source, sizeof(text->text)) >= sizeof(text->text) - 1;
	text->names_domains = false;
	for (size_t i = 0; i < COUNT_OF(domain_marks) && !text->names_domains; i++)
		text->names_domains = strstr(text->text, domain_marks[i]);
}

/* A byte of a URL that is written as %5b. */
static bool is_escape(const char *at)
{
	return at[0] == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
}

/* The next run of word bytes; empty: there is none. */
static const char *find_word(const char *at, size_t *ret_length)
{
	while (*at != '\0' && !strchr(WORD_BYTES, *at))
		at += is_escape(at) ? 3 : 1;
	*ret_length = strspn(at, WORD_BYTES);
	return at;
}

/* 0.0.0.0/8 is nobody's (RFC 1122 3.2.1.3), and 127.0.0.0/8 how lists of addresses answer (RFC 5782 2.1). Of IPv6 only
 * global unicast is, 2000::/3: what else looks like it is more often a word. */
static bool can_be_a_hosts(const struct address *address)
{
	if (address_is_ipv4(address))
		return !address_is_loopback(address) && address->bytes[12] != 0;
	return address->bytes[0] >> 5 == 1;
}

static bool parse(const char *text, struct address *ret_address)
{
	struct address address;

	if (address_parse(text, &address) || !can_be_a_hosts(&address))
		return false;
	*ret_address = address;
	return true;
}

/* An address by itself, behind a label ("ipv6:2001:db8::1"), or before a port. */
static bool parse_parts(char *word, struct address *ret_address)
{
	char *first = strchr(word, ':');
	char *last = strrchr(word, ':');

	if (parse(word, ret_address))
		return true;
	if (!first)
		return false;
	if (parse(first + 1, ret_address))
		return true;
	*last = '\0';
	return parse(word, ret_address);
}

static bool parse_word(const char *start, size_t length, struct address *ret_address)
{
	char word[WORD_SIZE];

	if (length >= sizeof(word))
		return false;
	memcpy(word, start, length);
	word[length] = '\0';
	if (parse(word, ret_address)) /* also what ends with "::" */
		return true;
	while (length > 0 && strchr(WORD_ENDINGS, word[length - 1]))
		word[--length] = '\0';
	return parse_parts(word, ret_address);
}

/* Behind an address: it is a network's, "/24". */
static bool is_length_of_prefix(const char *at)
{
	size_t digits = *at == '/' ? strspn(at + 1, "0123456789") : 0;

	return digits >= 1 && digits <= 3 && (at[1 + digits] == '\0' || !strchr(WORD_BYTES "/", at[1 + digits]));
}

bool reply_text_may_mean_us(const struct reply_text *text, replies_is_ours is_ours, void *context)
{
	bool quotes_any = false;
	size_t length;

	for (const char *word = find_word(text->text, &length); length > 0; word = find_word(word + length, &length)) {
		struct address address;
		const char *end = word + length;

		if (*end == '\0' && text->is_cut) /* it may go on */
			break;
		if (is_length_of_prefix(end) || !parse_word(word, length, &address))
			continue;
		if (is_ours(context, &address))
			return true;
		quotes_any = true;
	}
	return !quotes_any;
}
