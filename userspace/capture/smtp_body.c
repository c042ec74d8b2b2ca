// SPDX-License-Identifier: GPL-2.0-only
#include "capture/smtp_body.h"

#include <string.h>

#define END_MARK_SIZE 3 /* ".\r\n": the CRLF before the dot ends the last line (RFC 5321 4.1.1.4) */

/* What the latest bytes were. */
enum state {
	STATE_LINE_START, /* CRLF, or the beginning */
	STATE_TEXT,
	STATE_RETURN,      /* CR */
	STATE_FEED,        /* LF without CR before it */
	STATE_STRICT_DOT,  /* a dot behind CRLF */
	STATE_LAX_DOT,     /* a dot behind CR or LF */
	STATE_STRICT_MARK, /* and CR: a lax mark so far, with LF the end */
	STATE_LAX_MARK,    /* and CR: a lax mark, an LF still belongs to it */
	STATE_LAX_END,     /* LF at the end of a lax mark */
	STATE_LAX_LINE,    /* CRLF there: to a server that asks for CRLF it ended a line */
	STATE_END,
	STATE_COUNT,
};

enum class { CLASS_OTHER, CLASS_RETURN, CLASS_FEED, CLASS_DOT, CLASS_COUNT };

static const uint8_t next_states[STATE_COUNT][CLASS_COUNT] = {
	[STATE_LINE_START] = {STATE_TEXT, STATE_RETURN, STATE_FEED, STATE_STRICT_DOT},
	[STATE_TEXT] = {STATE_TEXT, STATE_RETURN, STATE_FEED, STATE_TEXT},
	[STATE_RETURN] = {STATE_TEXT, STATE_RETURN, STATE_LINE_START, STATE_LAX_DOT},
	[STATE_FEED] = {STATE_TEXT, STATE_RETURN, STATE_FEED, STATE_LAX_DOT},
	[STATE_STRICT_DOT] = {STATE_TEXT, STATE_STRICT_MARK, STATE_LAX_END, STATE_TEXT},
	[STATE_LAX_DOT] = {STATE_TEXT, STATE_LAX_MARK, STATE_LAX_END, STATE_TEXT},
	[STATE_STRICT_MARK] = {STATE_TEXT, STATE_RETURN, STATE_END, STATE_LAX_DOT},
	[STATE_LAX_MARK] = {STATE_TEXT, STATE_RETURN, STATE_LAX_LINE, STATE_LAX_DOT},
	[STATE_LAX_END] = {STATE_TEXT, STATE_RETURN, STATE_FEED, STATE_LAX_DOT},
	[STATE_LAX_LINE] = {STATE_TEXT, STATE_RETURN, STATE_FEED, STATE_STRICT_DOT},
};

static enum class class_of(uint8_t byte) {
	switch (byte){
		case '\r' : return CLASS_RETURN; case '\n' : return CLASS_FEED; case '.' : return CLASS_DOT;
		default : return CLASS_OTHER;
	}
}

static bool is_mark(uint8_t state)
{
	return state >= STATE_STRICT_MARK && state <= STATE_LAX_LINE;
}

/* `place` is the byte's in the body. */
static void step(struct smtp_body *body, uint8_t byte, uint64_t place)
{
	uint8_t next = next_states[body->state][class_of(byte)];

	if (is_mark(body->state) && next != STATE_LAX_LINE && next != STATE_END)
		body->is_passed = true;
	if (is_mark(next) && !body->has_mark) {
		body->has_mark = true;
		body->marked = place - 1;
	}
	body->state = next;
}

/* Outside of marks the state says no more than the latest two bytes do. */
static uint8_t state_behind(uint8_t state, const uint8_t *bytes, size_t size)
{
	if (size == 0)
		return state;
	if (size >= 2)
		state = next_states[STATE_TEXT][class_of(bytes[size - 2])];
	return next_states[state][class_of(bytes[size - 1])];
}

static bool needs_each_byte(uint8_t state)
{
	return state >= STATE_STRICT_DOT;
}

static void count_lines(struct smtp_body *body, const uint8_t *bytes, size_t size)
{
	const uint8_t *end = bytes + size;

	for (const uint8_t *feed = bytes; (feed = memchr(feed, '\n', (size_t)(end - feed))) != NULL; feed++) {
		if (body->lines < UINT32_MAX)
			body->lines++;
	}
}

void smtp_body_begin(struct smtp_body *body)
{
	*body = (struct smtp_body){.state = STATE_LINE_START};
}

size_t smtp_body_read(struct smtp_body *body, const uint8_t *bytes, size_t size)
{
	size_t offset = 0;

	while (offset < size && body->state != STATE_END) {
		if (!needs_each_byte(body->state)) {
			const uint8_t *dot = memchr(bytes + offset, '.', size - offset);
			size_t length = dot ? (size_t)(dot - bytes) - offset : size - offset;

			body->state = state_behind(body->state, bytes + offset, length);
			offset += length;
			if (!dot)
				break;
		}
		step(body, bytes[offset], body->bytes + offset);
		offset++;
	}
	if (!body->is_asked)
		count_lines(body, bytes, offset);
	body->bytes += offset;
	if (body->state == STATE_END)
		body->bytes -= END_MARK_SIZE;
	return offset;
}

void smtp_body_skip(struct smtp_body *body, size_t size)
{
	body->bytes += size;
	body->state = STATE_TEXT;
	body->is_torn = true;
	body->has_mark = false;
	body->is_passed = false;
}

bool smtp_body_is_at_end(const struct smtp_body *body)
{
	return body->state == STATE_END;
}

bool smtp_body_is_at_mark(const struct smtp_body *body)
{
	return is_mark(body->state);
}

bool smtp_body_is_at_line_start(const struct smtp_body *body)
{
	return body->state == STATE_LINE_START || body->state == STATE_FEED || body->state == STATE_LAX_END ||
	       body->state == STATE_LAX_LINE;
}
