/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that wait until a client reads them: bytes at whose end a message is put together, and from whose start they
 * are written. Without a message it has no memory.
 */
#ifndef SMTPWATCH_CONTROL_OUTGOING_H
#define SMTPWATCH_CONTROL_OUTGOING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* All zero: nothing waits. */
struct outgoing {
	char *bytes; /* owned */
	size_t room;
	size_t size;
	size_t taken; /* of them, written already */
	size_t begun; /* where the message that is being put together begins */
	bool is_too_long;
	bool failed; /* there was no memory: what waits is not whole, and the client is to be given up */
};

void outgoing_clear(struct outgoing *outgoing);

static inline size_t outgoing_waiting(const struct outgoing *outgoing)
{
	return outgoing->size - outgoing->taken;
}

/* A message is begun, gets its text in parts, and is ended: a JSON object, to which the ID of what it answers, a JSON
 * value or empty, is added. One that gets too long is taken back: outgoing_end() returns -EMSGSIZE, else 0. */
void outgoing_begin(struct outgoing *outgoing);
void outgoing_put(struct outgoing *outgoing, const void *bytes, size_t size);
void outgoing_put_text(struct outgoing *outgoing, const char *text);
int outgoing_end(struct outgoing *outgoing, const char *id);

/* Takes the reference. NULL: there was no memory for it. */
void outgoing_put_json(struct outgoing *outgoing, json_t *json);

/* Bytes of the message that is being put together. */
static inline size_t outgoing_length(const struct outgoing *outgoing)
{
	return outgoing->size - outgoing->begun;
}

/* Takes `count` bytes back from its end. */
void outgoing_cut(struct outgoing *outgoing, size_t count);

/* The first `count` bytes are written. */
void outgoing_drop(struct outgoing *outgoing, size_t count);

#endif
