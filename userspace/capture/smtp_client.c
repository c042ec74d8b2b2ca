// SPDX-License-Identifier: GPL-2.0-only
/* The client's bytes, by what they are: commands, secrets, a message, TLS. */
#include "capture/smtp_session.h"
#include "capture/tls_hello.h"

#include <errno.h>
#include <string.h>

static size_t left(const struct smtp_span *span)
{
	return span->size - span->offset;
}

static const uint8_t *next(const struct smtp_span *span)
{
	return span->bytes + span->offset;
}

void smtp_begin_line(struct smtp *smtp, enum smtp_line_part part)
{
	smtp->mode = SMTP_MODE_LINE;
	smtp->line = (struct smtp_line){.part = (uint8_t)part};
	smtp_drop(smtp);
}

static void tell_misfit(struct smtp *smtp, enum dialogue_misfit misfit)
{
	smtp_tell(smtp, (struct dialogue_event){.kind = DIALOGUE_NOT_SMTP, .misfit = misfit});
}

/* TLS is looked for only where the server has not spoken: behind that the connection is plain. */
static void read_first(struct smtp *smtp, struct smtp_span *span)
{
	if (smtp->has_heard || !tls_hello_begins(next(span), left(span))) {
		smtp->spoke_early = !smtp->has_heard;
		if (smtp->spoke_early)
			tell_misfit(smtp, DIALOGUE_MISFIT_CLIENT_FIRST);
		smtp_begin_line(smtp, SMTP_LINE_START);
	} else {
		smtp->mode = SMTP_MODE_HELLO;
	}
}

void smtp_withhold(struct smtp *smtp)
{
	smtp_begin_line(smtp, SMTP_LINE_START);
	smtp->mode = SMTP_MODE_WITHHELD;
	smtp->owed = 0;
	smtp->at_line_end = true;
}

static void read_withheld(struct smtp *smtp, struct smtp_span *span)
{
	const uint8_t *end = span->bytes + span->size;

	span->is_private = true;
	for (const uint8_t *feed = next(span); (feed = memchr(feed, '\n', (size_t)(end - feed))) != NULL; feed++) {
		if (smtp->owed > INT32_MIN)
			smtp->owed--;
	}
	smtp->at_line_end = end[-1] == '\n';
	span->offset = span->size;
}

/* A line that a challenge asked for has been answered; the others are answered one by one. */
void smtp_release(struct smtp *smtp)
{
	bool is_owed = smtp->owed > 0;

	if (smtp->owed < 0)
		smtp_await(smtp, SMTP_AWAITED_UNKNOWN, (uint32_t) - (int64_t)smtp->owed, 0);
	if (smtp->at_line_end)
		smtp_begin_line(smtp, SMTP_LINE_START);
	else
		smtp_begin_line(smtp, is_owed ? SMTP_LINE_TAIL : SMTP_LINE_UNKNOWN);
}

static void read_body(struct smtp *smtp, struct smtp_span *span)
{
	struct smtp_body *body = &smtp->body;

	span->is_private = true;
	span->offset += smtp_body_read(body, next(span), left(span));
	if (!smtp_body_is_at_end(body))
		return;
	smtp_begin_line(smtp, SMTP_LINE_START);
	if (!body->is_answered)
		smtp_await(smtp, SMTP_AWAITED_MESSAGE, body->is_torn ? UINT32_MAX : body->lines, body->bytes);
}

static void read_chunk(struct smtp *smtp, struct smtp_span *span)
{
	size_t size = left(span) < smtp->chunk_left ? left(span) : (size_t)smtp->chunk_left;

	span->is_private = true;
	span->offset += size;
	smtp->chunk_left -= size;
	if (smtp->chunk_left == 0)
		smtp_begin_line(smtp, SMTP_LINE_START);
}

void smtp_end_hello(struct smtp *smtp, const char *name)
{
	smtp_tell(smtp, (struct dialogue_event){
				.kind = DIALOGUE_TLS,
				.tls = smtp->is_starttls ? DIALOGUE_TLS_STARTTLS : DIALOGUE_TLS_IMPLICIT,
				.name = name,
			});
	smtp_close(smtp);
}

/* A beginning that looked like TLS's and was not. */
static void refuse_hello(struct smtp *smtp)
{
	if (smtp->is_starttls) {
		smtp_end_hello(smtp, "");
		return;
	}
	tell_misfit(smtp, DIALOGUE_MISFIT_CLIENT_FIRST);
	smtp_close(smtp);
}

static void read_hello(struct smtp *smtp, struct smtp_span *span)
{
	const uint8_t *bytes = next(span);
	size_t size = left(span);
	char name[DIALOGUE_NAME_SIZE];
	int error;

	span->is_private = true;
	span->offset = span->size;
	if (smtp->kept.size > 0) {
		if (!smtp_keep(smtp, TLS_HELLO_SIZE, bytes, size))
			return;
		bytes = smtp->kept.bytes;
		size = smtp->kept.size;
	}
	error = tls_hello_server_name(bytes, size, name);
	if (error == 0)
		smtp_end_hello(smtp, name);
	else if (error != -EAGAIN)
		refuse_hello(smtp);
	else if (size >= TLS_HELLO_SIZE)
		smtp_end_hello(smtp, "");
	else if (smtp->kept.size == 0)
		smtp_keep(smtp, TLS_HELLO_SIZE, bytes, size);
}

void smtp_read_client(struct smtp *smtp, struct smtp_span *span)
{
	/* Each reads a byte at least, or changes the mode. */
	static void (*const readers[SMTP_MODE_COUNT])(struct smtp * smtp, struct smtp_span * span) = {
		[SMTP_MODE_FIRST] = read_first, [SMTP_MODE_LINE] = smtp_read_line, [SMTP_MODE_WITHHELD] = read_withheld,
		[SMTP_MODE_BODY] = read_body,   [SMTP_MODE_CHUNK] = read_chunk,    [SMTP_MODE_HELLO] = read_hello,
	};

	while (!smtp->is_opaque && span->offset < span->size)
		readers[smtp->mode](smtp, span);
}
