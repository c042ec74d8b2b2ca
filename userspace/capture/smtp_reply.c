// SPDX-License-Identifier: GPL-2.0-only
/* The server's lines, and what several of them say together (RFC 5321 4.2). */
#include "capture/smtp_session.h"
#include "capture/tls_hello.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CODE_CHALLENGE 334
#define CODE_EXTENSIONS 250

/* As many digits as a number of an enhanced code has (RFC 3463 2). */
#define ENHANCED_DIGITS 3

/* Nothing is asked from memory while whole replies come in; `scratch` serves until the end of the call. */
static void borrow_text(struct smtp *smtp, char *scratch)
{
	smtp->uses_text = true;
	if (!smtp->reply.text)
		smtp->reply.text = scratch;
}

static void give_back_text(struct smtp *smtp, char *scratch)
{
	struct smtp_reply *reply = &smtp->reply;
	char *owned = reply->text == scratch ? NULL : reply->text;

	smtp->uses_text = false;
	reply->text = NULL;
	if (reply->size == 0 || smtp->is_opaque) {
		free(owned);
		return;
	}
	reply->text = owned ? owned : malloc(SMTP_REPLY_SIZE);
	if (!reply->text)
		smtp_lose(smtp);
	else if (!owned)
		memcpy(reply->text, scratch, reply->size);
}

static void append(struct smtp_reply *reply, const uint8_t *bytes, size_t size)
{
	size_t room = SMTP_REPLY_SIZE - 1U - reply->size;

	if (size > room)
		size = room;
	smtp_copy_text(reply->text + reply->size, size + 1, bytes, size);
	reply->size = (uint16_t)(reply->size + size);
}

/* Servers quote what they did not understand, and that may be a secret. A challenge is a part of one. */
static bool is_untold(const struct smtp *smtp, unsigned int code)
{
	enum smtp_awaited awaited = smtp_awaited_now(smtp);
	bool is_syntax_error = code / 10 == 50;

	if (!smtp->has_banner)
		return false;
	return code == CODE_CHALLENGE || awaited == SMTP_AWAITED_UNKNOWN ||
	       (is_syntax_error && (awaited == SMTP_AWAITED_AUTH || awaited == SMTP_AWAITED_NONE));
}

static void begin_text(struct smtp *smtp, struct smtp_span *span)
{
	struct smtp_reply *reply = &smtp->reply;

	smtp_span_clear(span);
	reply->in_text = true;
	reply->is_untold = is_untold(smtp, reply->line_code);
	if (reply->size > 0)
		append(reply, (const uint8_t *)" ", 1);
	reply->line_start = reply->size;
}

/* What is no reply at all tells what the connection is. On a port for TLS the client's beginning may still be missing.
 */
static void refuse_first(struct smtp *smtp, uint8_t byte)
{
	if (smtp->options.is_tls && smtp->reply.digits == 0 && tls_hello_begins(&byte, 1)) {
		smtp_end_hello(smtp, "");
		return;
	}
	smtp_tell(smtp, (struct dialogue_event){
				.kind = DIALOGUE_NOT_SMTP,
				.misfit = DIALOGUE_MISFIT_NO_REPLY_CODE,
			});
	smtp_close(smtp);
}

static void refuse_line(struct smtp *smtp, struct smtp_span *span, uint8_t byte)
{
	struct smtp_reply *reply = &smtp->reply;

	span->is_private = true;
	if (!smtp->has_banner && !reply->has_lines) {
		refuse_first(smtp, byte);
		return;
	}
	reply->in_text = true;
	reply->is_junk = true;
}

static bool is_code_digit(const struct smtp *smtp, uint8_t byte)
{
	if (smtp->reply.digits > 0)
		return byte >= '0' && byte <= '9';
	return byte >= (smtp->has_banner || smtp->reply.has_lines ? '1' : '2') && byte <= '5';
}

static void read_code(struct smtp *smtp, struct smtp_span *span)
{
	struct smtp_reply *reply = &smtp->reply;
	uint8_t byte = span->bytes[span->offset];
	bool is_line_end = byte == '\r' || byte == '\n';

	if (reply->digits < 3 && is_code_digit(smtp, byte)) {
		reply->line_code = (uint16_t)((reply->digits > 0 ? reply->line_code * 10 : 0) + byte - '0');
		reply->digits++;
		span->offset++;
	} else if (reply->digits == 3 && (byte == ' ' || byte == '-' || is_line_end)) {
		reply->is_last = byte != '-';
		span->offset += is_line_end ? 0 : 1;
		begin_text(smtp, span);
	} else {
		refuse_line(smtp, span, byte);
	}
}

/* Up to three digits and what follows them; NULL: none. */
static const char *parse_part(const char *text, const char *end, uint16_t *ret_number)
{
	unsigned int number = 0;
	const char *digit = text;

	for (; digit < end && digit - text < ENHANCED_DIGITS && *digit >= '0' && *digit <= '9'; digit++)
		number = number * 10 + (unsigned int)(*digit - '0');
	*ret_number = (uint16_t)number;
	return digit > text ? digit : NULL;
}

/* Returns the size of an enhanced code and the white space behind it, or 0. */
static size_t parse_enhanced(const char *text, size_t size, struct enhanced_code *ret_code)
{
	const char *end = text + size;
	struct enhanced_code code = {0};
	const char *next;

	if (size < 2 || !strchr("245", text[0]) || text[1] != '.')
		return 0;
	code.class = (uint8_t)(text[0] - '0');
	next = parse_part(text + 2, end, &code.subject);
	if (!next || next == end || *next != '.')
		return 0;
	next = parse_part(next + 1, end, &code.detail);
	if (!next || (next < end && *next != ' ' && *next != '\t'))
		return 0;
	while (next < end && (*next == ' ' || *next == '\t'))
		next++;
	*ret_code = code;
	return (size_t)(next - text);
}

static bool is_same_code(const struct enhanced_code *left, const struct enhanced_code *right)
{
	return left->class == right->class && left->subject == right->subject && left->detail == right->detail;
}

/* The first code is the reply's, as long as the lines agree; where one repeats it, it is taken out of the text. */
static void take_enhanced(struct smtp_reply *reply)
{
	char *line = reply->text + reply->line_start;
	size_t size = (size_t)(reply->size - reply->line_start);
	struct enhanced_code code;
	size_t taken = parse_enhanced(line, size, &code);

	if (taken == 0)
		return;
	if (reply->enhanced.class == 0)
		reply->enhanced = code;
	if (!is_same_code(&reply->enhanced, &code))
		return;
	memmove(line, line + taken, size - taken);
	reply->size = (uint16_t)(reply->size - taken);
}

/* The old "AUTH=LOGIN PLAIN" is AUTH too. */
static void take_extension(struct smtp_reply *reply)
{
	const char *line = reply->text + reply->line_start;
	size_t size = (size_t)(reply->size - reply->line_start);
	size_t length = 0;

	while (length < size && !strchr(" \t=", line[length]))
		length++;
	for (enum dialogue_extension i = 0; i < DIALOGUE_EXTENSION_COUNT; i++) {
		const char *keyword = dialogue_extension_name(i);

		if (strlen(keyword) == length && strncasecmp(line, keyword, length) == 0)
			reply->extensions |= 1U << i;
	}
}

static bool is_extension(const struct smtp *smtp)
{
	const struct smtp_reply *reply = &smtp->reply;

	return reply->line_code == CODE_EXTENSIONS && reply->has_lines && smtp->has_banner &&
	       smtp_awaited_now(smtp) == SMTP_AWAITED_EHLO;
}

static void take_line(struct smtp *smtp)
{
	struct smtp_reply *reply = &smtp->reply;

	while (reply->size > reply->line_start && reply->text[reply->size - 1] == '\r')
		reply->size--;
	if (is_extension(smtp)) {
		take_extension(reply);
		reply->size = reply->line_start;
	} else {
		if (reply->has_lines && reply->line_code != reply->code)
			reply->enhanced = (struct enhanced_code){0};
		take_enhanced(reply);
	}
	/* The space that was to join it, where nothing was. */
	if (reply->size == reply->line_start && reply->size > 0)
		reply->size--;
	reply->code = reply->line_code;
	reply->has_lines = true;
}

static void end_reply(struct smtp *smtp)
{
	struct smtp_reply *reply = &smtp->reply;
	size_t size = reply->size < DIALOGUE_TEXT_SIZE ? reply->size : DIALOGUE_TEXT_SIZE - 1;

	reply->text[size] = '\0';
	smtp_answer(smtp);
	*reply = (struct smtp_reply){.text = reply->text};
}

static void end_line(struct smtp *smtp)
{
	struct smtp_reply *reply = &smtp->reply;
	bool is_whole = reply->is_last && !reply->is_junk;

	if (!reply->is_junk)
		take_line(smtp);
	reply->digits = 0;
	reply->in_text = false;
	reply->is_junk = false;
	if (is_whole)
		end_reply(smtp);
}

static void read_text(struct smtp *smtp, struct smtp_span *span)
{
	struct smtp_reply *reply = &smtp->reply;
	const uint8_t *bytes = span->bytes + span->offset;
	size_t left = span->size - span->offset;
	const uint8_t *feed = memchr(bytes, '\n', left);
	size_t size = feed ? (size_t)(feed - bytes) : left;

	if (reply->is_junk || reply->is_untold)
		span->is_private = true;
	else
		append(reply, bytes, size);
	span->offset += size + (feed ? 1 : 0);
	smtp_span_clear(span);
	if (feed)
		end_line(smtp);
}

void smtp_read_server(struct smtp *smtp, struct smtp_span *span)
{
	char scratch[SMTP_REPLY_SIZE];

	smtp->has_heard = true;
	borrow_text(smtp, scratch);
	/* Behind the answer to STARTTLS is TLS. */
	while (!smtp->is_opaque && smtp->mode != SMTP_MODE_HELLO && span->offset < span->size) {
		if (smtp->reply.in_text)
			read_text(smtp, span);
		else
			read_code(smtp, span);
	}
	give_back_text(smtp, scratch);
}

void smtp_end_reply(struct smtp *smtp)
{
	struct smtp_reply *reply = &smtp->reply;
	char scratch[SMTP_REPLY_SIZE];
	bool has_code = reply->digits == 3 && !reply->is_junk;

	borrow_text(smtp, scratch);
	if (has_code && !reply->in_text)
		reply->line_start = reply->size;
	if (has_code)
		take_line(smtp);
	if (reply->has_lines)
		end_reply(smtp);
	give_back_text(smtp, scratch);
}
