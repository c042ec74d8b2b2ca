// SPDX-License-Identifier: GPL-2.0-only
/* What the server's replies do to the session: it counts what was answered, not what the client hoped for. */
#include "capture/smtp_session.h"

#define CODE_CHALLENGE 334  /* RFC 4954 4 */
#define CODE_EXTENSIONS 250 /* RFC 5321 4.1.1.1 */
#define CODE_REFUSAL 400

#define LINES_UNKNOWN UINT32_MAX

enum smtp_awaited smtp_awaited_now(const struct smtp *smtp)
{
	const struct smtp_run *head = smtp_queue_head(&smtp->queue);

	return head ? (enum smtp_awaited)head->awaited : SMTP_AWAITED_NONE;
}

static void tell_refusal(struct smtp *smtp, enum dialogue_stage stage)
{
	const struct smtp_reply *reply = &smtp->reply;

	if (reply->code < CODE_REFUSAL)
		return;
	smtp_tell(smtp, (struct dialogue_event){
				.kind = DIALOGUE_REPLY,
				.stage = stage,
				.code = reply->code,
				.enhanced = reply->enhanced,
				.text = reply->text,
			});
}

static void tell_message(struct smtp *smtp, uint64_t bytes)
{
	smtp_tell(smtp, (struct dialogue_event){.kind = DIALOGUE_MESSAGE, .code = smtp->reply.code, .bytes = bytes});
	tell_refusal(smtp, DIALOGUE_STAGE_MESSAGE);
}

static void answer_banner(struct smtp *smtp)
{
	smtp->has_banner = true;
	smtp_tell(smtp, (struct dialogue_event){
				.kind = DIALOGUE_BANNER,
				.code = smtp->reply.code,
				.text = smtp->reply.text,
			});
	tell_refusal(smtp, DIALOGUE_STAGE_BANNER);
}

static void settle_ehlo(struct smtp *smtp)
{
	if (smtp->reply.code == CODE_EXTENSIONS)
		smtp_tell(smtp, (struct dialogue_event){
					.kind = DIALOGUE_EXTENSIONS,
					.extensions = smtp->reply.extensions,
				});
}

/* What has the client's bytes withheld is the last that is awaited. */
static void settle_auth(struct smtp *smtp)
{
	if (smtp->mode == SMTP_MODE_WITHHELD)
		smtp_release(smtp);
}

/* What the client sent since is thrown away by the server (RFC 3207 4.2). */
static void settle_starttls(struct smtp *smtp)
{
	if (smtp->reply.code >= CODE_REFUSAL || smtp->mode != SMTP_MODE_WITHHELD) {
		settle_auth(smtp);
		return;
	}
	smtp->mode = SMTP_MODE_HELLO;
	smtp->is_starttls = true;
}

/* A body that was sent all the same was taken for commands, line by line. */
static void settle_data(struct smtp *smtp)
{
	struct smtp_run *head = smtp_queue_head(&smtp->queue);
	bool is_sent = head && head->awaited == SMTP_AWAITED_MESSAGE;
	uint32_t lines = is_sent ? head->count : smtp->body.is_torn ? LINES_UNKNOWN : smtp->body.lines;

	if (lines == LINES_UNKNOWN) {
		smtp_lose(smtp);
	} else if (is_sent) {
		head->awaited = SMTP_AWAITED_UNKNOWN;
	} else if (smtp->mode == SMTP_MODE_BODY) {
		bool is_line_start = smtp_body_is_at_line_start(&smtp->body);

		smtp_begin_line(smtp, is_line_start ? SMTP_LINE_START : SMTP_LINE_UNKNOWN);
		if (lines > 0)
			smtp_await(smtp, SMTP_AWAITED_UNKNOWN, lines, 0);
	}
}

/* A chunk that is refused ends the transaction (RFC 3030 2). */
static void settle_chunk(struct smtp *smtp)
{
	if (smtp->reply.code >= CODE_REFUSAL)
		smtp->chunk_bytes = 0;
}

static const struct {
	enum dialogue_stage stage;
	void (*settle)(struct smtp *smtp);
} rows[SMTP_AWAITED_COUNT] = {
	[SMTP_AWAITED_NONE] = {DIALOGUE_STAGE_OTHER, NULL},
	[SMTP_AWAITED_HELO] = {DIALOGUE_STAGE_HELO, NULL},
	[SMTP_AWAITED_EHLO] = {DIALOGUE_STAGE_HELO, settle_ehlo},
	[SMTP_AWAITED_STARTTLS] = {DIALOGUE_STAGE_STARTTLS, settle_starttls},
	[SMTP_AWAITED_AUTH] = {DIALOGUE_STAGE_AUTH, settle_auth},
	[SMTP_AWAITED_MAIL] = {DIALOGUE_STAGE_MAIL, NULL},
	[SMTP_AWAITED_RCPT] = {DIALOGUE_STAGE_RCPT, NULL},
	[SMTP_AWAITED_DATA] = {DIALOGUE_STAGE_DATA, settle_data},
	[SMTP_AWAITED_MESSAGE] = {DIALOGUE_STAGE_MESSAGE, NULL},
	[SMTP_AWAITED_CHUNK] = {DIALOGUE_STAGE_MESSAGE, settle_chunk},
	[SMTP_AWAITED_LAST_CHUNK] = {DIALOGUE_STAGE_MESSAGE, NULL},
	[SMTP_AWAITED_OTHER] = {DIALOGUE_STAGE_OTHER, NULL},
	[SMTP_AWAITED_UNKNOWN] = {DIALOGUE_STAGE_OTHER, NULL},
};

/*
 * The server answers a body whose end was not seen. It took a lax mark for the end, or the mark was among the bytes
 * that are missing; then commands follow. Where more was sent behind a lax mark, nobody knows what the server makes of
 * it. Without any mark the server answered before the end, which is still to come.
 */
static void answer_body(struct smtp *smtp)
{
	struct smtp_body *body = &smtp->body;
	bool is_at_mark = smtp_body_is_at_mark(body);

	tell_message(smtp, body->has_mark && (is_at_mark || body->is_passed) ? body->marked : body->bytes);
	if (body->is_passed)
		smtp_lose(smtp);
	else if (is_at_mark || body->is_torn)
		smtp_begin_line(smtp, SMTP_LINE_START);
	else
		body->is_answered = true;
}

/* Of a message in chunks, what was sent before it was answered: its last chunk may have announced more. */
static uint64_t sent_of_chunks(const struct smtp *smtp, uint64_t announced)
{
	bool is_under_way = smtp->mode == SMTP_MODE_CHUNK && !smtp_queue_head(&smtp->queue);

	return is_under_way && smtp->chunk_left <= announced ? announced - smtp->chunk_left : announced;
}

static void answer_command(struct smtp *smtp)
{
	const struct smtp_run *head = smtp_queue_head(&smtp->queue);
	enum smtp_awaited awaited = smtp_awaited_now(smtp);
	uint64_t bytes = head ? head->bytes : 0;

	if (head)
		smtp_queue_pop(&smtp->queue);
	if (awaited == SMTP_AWAITED_MESSAGE)
		tell_message(smtp, bytes);
	else if (awaited == SMTP_AWAITED_LAST_CHUNK)
		tell_message(smtp, sent_of_chunks(smtp, bytes));
	else
		tell_refusal(smtp, rows[awaited].stage);
	if (rows[awaited].settle)
		rows[awaited].settle(smtp);
}

/* The body that the server asks for may have been sent already. */
static void answer_data(struct smtp *smtp)
{
	smtp_queue_pop(&smtp->queue);
	if (smtp_awaited_now(smtp) != SMTP_AWAITED_MESSAGE && smtp->mode == SMTP_MODE_BODY)
		smtp->body.is_asked = true;
}

/* A challenge to what was not known for AUTH: its answer is a secret all the same. */
static void answer_challenge(struct smtp *smtp)
{
	if (smtp_queue_head(&smtp->queue))
		smtp_queue_pop(&smtp->queue);
	smtp_withhold(smtp);
	smtp->owed = 1;
	smtp_await(smtp, SMTP_AWAITED_AUTH, 1, 0);
}

/* The server asks for more (RFC 5321 4.2.1: 3yz). What it should not ask shows that the two sides do not fit. */
static void answer_request(struct smtp *smtp)
{
	enum smtp_awaited awaited = smtp_awaited_now(smtp);
	bool is_challenge = smtp->reply.code == CODE_CHALLENGE;

	if (awaited == SMTP_AWAITED_DATA)
		answer_data(smtp);
	else if (awaited == SMTP_AWAITED_AUTH && is_challenge)
		smtp->owed += smtp->owed < INT32_MAX;
	else if (is_challenge && (smtp->mode == SMTP_MODE_LINE || smtp->mode == SMTP_MODE_FIRST))
		answer_challenge(smtp);
	else if (smtp->mode != SMTP_MODE_BODY || !smtp->body.is_asked)
		smtp_lose(smtp);
}

void smtp_answer(struct smtp *smtp)
{
	const struct smtp_body *body = &smtp->body;
	unsigned int class = smtp->reply.code / 100U;

	if (!smtp->has_banner)
		answer_banner(smtp);
	else if (class == 1)
		return;
	else if (class == 3)
		answer_request(smtp);
	else if (smtp->mode == SMTP_MODE_BODY && body->is_asked && !body->is_answered)
		answer_body(smtp);
	else
		answer_command(smtp);
}
