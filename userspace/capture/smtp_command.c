// SPDX-License-Identifier: GPL-2.0-only
/* What the client's commands say (RFC 5321 4.1). */
#include "capture/smtp_session.h"

#include <string.h>
#include <strings.h>

/* What a path has around it and in it. Borrowed. */
struct path {
	const uint8_t *bytes;
	size_t size;
	bool has_quotes; /* quotes hide what is between them */
};

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static size_t word_size(const uint8_t *bytes, size_t size)
{
	size_t length = 0;

	while (length < size && !is_space(bytes[length]))
		length++;
	return length;
}

static void await(struct smtp *smtp, const struct smtp_verb *verb)
{
	smtp_await(smtp, verb->awaited, 1, 0);
}

static void act_helo(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	char name[DIALOGUE_NAME_SIZE];

	smtp_copy_text(name, sizeof(name), argument, word_size(argument, size));
	smtp->chunk_bytes = 0;
	smtp_tell(smtp, (struct dialogue_event){
				.kind = DIALOGUE_HELO,
				.name = name,
				.is_extended = verb->awaited == SMTP_AWAITED_EHLO,
			});
	await(smtp, verb);
}

/* Goes on to the next byte that is not quoted (RFC 5321 4.1.2: Quoted-string); size: there is none. */
static size_t next_plain(const struct path *path, size_t offset, bool *in_quotes)
{
	for (; offset < path->size; offset++) {
		uint8_t byte = path->bytes[offset];

		if (!path->has_quotes)
			return offset;
		if (byte == '\\')
			offset++;
		else if (byte == '"')
			*in_quotes = !*in_quotes;
		else if (!*in_quotes)
			return offset;
	}
	return path->size;
}

/* Where the path ends by this byte, a space standing for all white space; `size` where it does not. */
static size_t find_end(const struct path *path, uint8_t end)
{
	bool in_quotes = false;
	size_t offset = next_plain(path, 0, &in_quotes);

	while (offset < path->size && path->bytes[offset] != end && !(end == ' ' && is_space(path->bytes[offset])))
		offset = next_plain(path, offset + 1, &in_quotes);
	return offset;
}

static bool has_pairs_of_quotes(const struct path *path)
{
	bool in_quotes = false;

	for (size_t offset = 0; offset < path->size; offset++)
		offset = next_plain(path, offset, &in_quotes);
	return !in_quotes;
}

/* A quote that is not closed must not hide the end. */
static size_t find_end_by_quotes(struct path *path, uint8_t end)
{
	size_t offset;

	path->has_quotes = true;
	offset = find_end(path, end);
	if (offset < path->size || has_pairs_of_quotes(path))
		return offset;
	path->has_quotes = false;
	return find_end(path, end);
}

/* Behind the last '@' that is not quoted; empty where there is none. A source route lies before it. */
static struct path find_domain(const struct path *path)
{
	struct path domain = {.bytes = path->bytes + path->size};
	bool in_quotes = false;

	for (size_t offset = 0; offset < path->size; offset++) {
		offset = next_plain(path, offset, &in_quotes);
		if (offset < path->size && path->bytes[offset] == '@') {
			domain.bytes = path->bytes + offset + 1;
			domain.size = path->size - offset - 1;
		}
	}
	return domain;
}

static void trim(struct path *path)
{
	while (path->size > 0 && is_space(path->bytes[0])) {
		path->bytes++;
		path->size--;
	}
	while (path->size > 0 && is_space(path->bytes[path->size - 1]))
		path->size--;
}

/* Passes FROM: or TO:, also where the colon is missing. */
static struct path pass_keyword(const uint8_t *argument, size_t size)
{
	const uint8_t *bracket = memchr(argument, '<', size);
	const uint8_t *colon = memchr(argument, ':', bracket ? (size_t)(bracket - argument) : size);
	const uint8_t *begin = colon ? colon + 1 : bracket ? bracket : argument + word_size(argument, size);
	struct path path = {.bytes = begin, .size = size - (size_t)(begin - argument)};

	trim(&path);
	return path;
}

/* Between the brackets, or up to white space where one of them is missing. */
static struct path find_path(const uint8_t *argument, size_t size)
{
	struct path path = pass_keyword(argument, size);
	bool in_brackets = path.size > 0 && path.bytes[0] == '<';
	size_t end;

	if (in_brackets) {
		path.bytes++;
		path.size--;
	}
	end = in_brackets ? find_end_by_quotes(&path, '>') : path.size;
	if (end == path.size) {
		trim(&path);
		end = find_end_by_quotes(&path, ' ');
	}
	path.size = end;
	trim(&path);
	return path;
}

static void lower(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text | 0x20);
	}
}

static void act_path(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	struct path path = find_path(argument, size);
	struct path domain = find_domain(&path);
	char name[DIALOGUE_NAME_SIZE];
	char address[DIALOGUE_ADDRESS_SIZE];
	bool is_sender = verb->awaited == SMTP_AWAITED_MAIL;

	trim(&domain);
	smtp_copy_text(name, sizeof(name), domain.bytes, domain.size);
	lower(name);
	smtp_copy_text(address, sizeof(address), path.bytes, path.size);
	if (is_sender)
		smtp->chunk_bytes = 0;
	smtp_tell(smtp, (struct dialogue_event){
				.kind = is_sender ? DIALOGUE_MAIL : DIALOGUE_RCPT,
				.name = name,
				.address = smtp->options.keep_addresses ? address : NULL,
			});
	await(smtp, verb);
}

static void act_data(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	(void)argument;
	(void)size;
	await(smtp, verb);
	smtp_body_begin(&smtp->body);
	smtp->mode = SMTP_MODE_BODY;
}

/* RFC 3030: size, and LAST or nothing. 0, -1: the server will not read it as a chunk, -2: too big for a number. */
static int parse_chunk(const uint8_t *argument, size_t size, uint64_t *ret_bytes, bool *ret_is_last)
{
	struct path rest;
	uint64_t bytes = 0;
	size_t digits = 0;

	for (; digits < size && argument[digits] >= '0' && argument[digits] <= '9'; digits++) {
		if (__builtin_mul_overflow(bytes, 10U, &bytes) ||
		    __builtin_add_overflow(bytes, (uint64_t)(argument[digits] - '0'), &bytes))
			return -2;
	}
	rest = (struct path){.bytes = argument + digits, .size = size - digits};
	if (digits == 0 || word_size(rest.bytes, rest.size) > 0)
		return -1;
	trim(&rest);
	*ret_is_last = rest.size == 4 && strncasecmp((const char *)rest.bytes, "LAST", 4) == 0;
	if (rest.size > 0 && !*ret_is_last)
		return -1;
	*ret_bytes = bytes;
	return 0;
}

/* The bytes follow whatever the server answers. */
static void act_bdat(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	uint64_t bytes = 0;
	bool is_last = false;
	int error = parse_chunk(argument, size, &bytes, &is_last);

	if (error == -1) {
		await(smtp, verb);
		return;
	}
	if (error || __builtin_add_overflow(smtp->chunk_bytes, bytes, &smtp->chunk_bytes)) {
		smtp_lose(smtp);
		return;
	}
	smtp_await(smtp, is_last ? SMTP_AWAITED_LAST_CHUNK : SMTP_AWAITED_CHUNK, 1, smtp->chunk_bytes);
	if (is_last)
		smtp->chunk_bytes = 0;
	smtp->chunk_left = bytes;
	if (bytes > 0)
		smtp->mode = SMTP_MODE_CHUNK;
}

static void act_starttls(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	(void)argument;
	(void)size;
	await(smtp, verb);
	smtp_withhold(smtp);
}

static void act_quit(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	(void)argument;
	(void)size;
	smtp_tell(smtp, (struct dialogue_event){.kind = DIALOGUE_QUIT});
	await(smtp, verb);
}

static void act_reset(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	(void)argument;
	(void)size;
	smtp->chunk_bytes = 0;
	await(smtp, verb);
}

static void act_other(struct smtp *smtp, const struct smtp_verb *verb, const uint8_t *argument, size_t size)
{
	(void)argument;
	(void)size;
	await(smtp, verb);
}

/* The argument of BURL is a URL that lets read someone's mail (RFC 4468 3); that of some others should not be there. */
const struct smtp_verb smtp_verbs[] = {
	{"HELO", SMTP_AWAITED_HELO, .takes = true, .act = act_helo},
	{"EHLO", SMTP_AWAITED_EHLO, .takes = true, .act = act_helo},
	{"LHLO", SMTP_AWAITED_EHLO, .takes = true, .act = act_helo}, /* RFC 2033 */
	{"STARTTLS", SMTP_AWAITED_STARTTLS, .has_secret = true, .act = act_starttls},
	{"AUTH", SMTP_AWAITED_AUTH, .has_secret = true, .act = act_other},
	{"MAIL", SMTP_AWAITED_MAIL, .takes = true, .act = act_path},
	{"RCPT", SMTP_AWAITED_RCPT, .takes = true, .act = act_path},
	{"DATA", SMTP_AWAITED_DATA, .has_secret = true, .act = act_data},
	{"BDAT", SMTP_AWAITED_CHUNK, .takes = true, .act = act_bdat},
	{"QUIT", SMTP_AWAITED_OTHER, .has_secret = true, .act = act_quit},
	{"RSET", SMTP_AWAITED_OTHER, .has_secret = true, .act = act_reset},
	{"NOOP", SMTP_AWAITED_OTHER, .has_secret = true, .act = act_other},
	{"BURL", SMTP_AWAITED_OTHER, .has_secret = true, .act = act_other},
	{"HELP", SMTP_AWAITED_OTHER, .act = act_other},
	{"VRFY", SMTP_AWAITED_OTHER, .act = act_other},
	{"EXPN", SMTP_AWAITED_OTHER, .act = act_other},
	{"ETRN", SMTP_AWAITED_OTHER, .act = act_other},
	{"ATRN", SMTP_AWAITED_OTHER, .act = act_other},
	{"TURN", SMTP_AWAITED_OTHER, .act = act_other},
	{"SEND", SMTP_AWAITED_OTHER, .act = act_other},
	{"SOML", SMTP_AWAITED_OTHER, .act = act_other},
	{"SAML", SMTP_AWAITED_OTHER, .act = act_other},
	{"XCLIENT", SMTP_AWAITED_OTHER, .act = act_other},
	{"XFORWARD", SMTP_AWAITED_OTHER, .act = act_other},
	{NULL, SMTP_AWAITED_NONE, .act = NULL},
};
