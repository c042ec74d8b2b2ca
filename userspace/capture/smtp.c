// SPDX-License-Identifier: GPL-2.0-only
#include "capture/smtp.h"
#include "capture/smtp_session.h"

#include <stdlib.h>
#include <string.h>

#define SUBSTITUTE 0x1a

struct smtp *smtp_new(const struct smtp_options *options, smtp_taker take, void *context)
{
	struct smtp *smtp = calloc(1, sizeof(*smtp));

	if (!smtp)
		return NULL;
	smtp->take = take;
	smtp->context = context;
	smtp->options = *options;
	return smtp;
}

void smtp_free(struct smtp *smtp)
{
	if (!smtp)
		return;
	smtp_close(smtp);
	free(smtp);
}

void smtp_close(struct smtp *smtp)
{
	smtp->is_opaque = true;
	smtp_drop(smtp);
	if (!smtp->uses_text) {
		free(smtp->reply.text);
		smtp->reply.text = NULL;
	}
	smtp_queue_clear(&smtp->queue);
}

void smtp_tell(struct smtp *smtp, struct dialogue_event event)
{
	smtp->take(smtp->context, &event);
}

void smtp_lose(struct smtp *smtp)
{
	if (smtp->is_opaque)
		return;
	smtp_tell(smtp, (struct dialogue_event){.kind = DIALOGUE_LOST});
	smtp_close(smtp);
}

void smtp_await(struct smtp *smtp, enum smtp_awaited awaited, uint32_t count, uint64_t bytes)
{
	if (smtp_queue_push(&smtp->queue, awaited, count, bytes) != 0)
		smtp_lose(smtp);
}

bool smtp_keep(struct smtp *smtp, size_t capacity, const uint8_t *bytes, size_t size)
{
	struct smtp_kept *kept = &smtp->kept;

	if (size == 0)
		return true;
	if (!kept->bytes)
		kept->bytes = malloc(capacity);
	if (!kept->bytes) {
		smtp_lose(smtp);
		return false;
	}
	if (size > capacity - kept->size)
		size = capacity - kept->size;
	memcpy(kept->bytes + kept->size, bytes, size);
	kept->size += size;
	return true;
}

void smtp_drop(struct smtp *smtp)
{
	free(smtp->kept.bytes);
	smtp->kept = (struct smtp_kept){0};
}

void smtp_copy_text(char *target, size_t size, const void *source, size_t source_size)
{
	if (source_size > size - 1)
		source_size = size - 1;
	if (source_size > 0)
		memcpy(target, source, source_size);
	target[source_size] = '\0';
	for (char *nul = target; (nul = memchr(nul, '\0', source_size - (size_t)(nul - target))) != NULL;)
		*nul = SUBSTITUTE;
}

struct stream_verdict smtp_read(struct smtp *smtp, enum stream_side side, const uint8_t *bytes, size_t size)
{
	struct smtp_span span = {.bytes = bytes, .size = size};

	if (!smtp->is_opaque && smtp->options.from_middle)
		smtp_lose(smtp);
	if (smtp->is_opaque)
		return (struct stream_verdict){.is_opaque = true};
	if (side == STREAM_CLIENT)
		smtp_read_client(smtp, &span);
	else
		smtp_read_server(smtp, &span);
	return (struct stream_verdict){.is_opaque = smtp->is_opaque, .clear = span.clear};
}

/* What is missing of a body or chunk was part of it; nothing else can be known of what is missing. */
static void skip_client(struct smtp *smtp, size_t size)
{
	if (smtp->mode == SMTP_MODE_BODY) {
		smtp_body_skip(&smtp->body, size);
	} else if (smtp->mode == SMTP_MODE_CHUNK && size <= smtp->chunk_left) {
		smtp->chunk_left -= size;
		if (smtp->chunk_left == 0)
			smtp_begin_line(smtp, SMTP_LINE_START);
	} else if (smtp->mode == SMTP_MODE_HELLO) {
		smtp_end_hello(smtp, "");
	} else {
		smtp_lose(smtp);
	}
}

/* The beginning of a refusal says already what it is. Of other replies the end may change all. */
static void tell_begun_refusal(struct smtp *smtp)
{
	const struct smtp_reply *reply = &smtp->reply;
	unsigned int code = reply->in_text && !reply->is_junk ? reply->line_code : reply->code;

	if (code >= 400)
		smtp_end_reply(smtp);
}

static void skip_server(struct smtp *smtp)
{
	if (smtp->mode == SMTP_MODE_HELLO)
		return;
	tell_begun_refusal(smtp);
	smtp_lose(smtp);
}

struct stream_verdict smtp_skip(struct smtp *smtp, enum stream_side side, size_t size)
{
	if (!smtp->is_opaque && size > 0) {
		if (side == STREAM_CLIENT && !smtp->options.from_middle)
			skip_client(smtp, size);
		else
			skip_server(smtp);
	}
	return (struct stream_verdict){.is_opaque = smtp->is_opaque};
}

/* The server's side first: it cannot answer a line that has no end yet. */
void smtp_end(struct smtp *smtp)
{
	if (!smtp->is_opaque)
		smtp_end_reply(smtp);
	if (!smtp->is_opaque && smtp->mode == SMTP_MODE_LINE)
		smtp_end_line(smtp);
	if (!smtp->is_opaque && smtp->mode == SMTP_MODE_HELLO)
		smtp_end_hello(smtp, "");
	smtp_close(smtp);
}
