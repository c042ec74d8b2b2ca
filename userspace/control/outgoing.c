// SPDX-License-Identifier: GPL-2.0-only
#include "control/outgoing.h"

#include "control/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_ROOM 4096

/* A microsecond is the last of 16 digits of a time. */
#define JSON_FORM (JSON_COMPACT | JSON_REAL_PRECISION(16))

void outgoing_clear(struct outgoing *outgoing)
{
	free(outgoing->bytes);
	*outgoing = (struct outgoing){.failed = outgoing->failed};
}

static void forget_taken(struct outgoing *outgoing)
{
	if (outgoing->taken == 0)
		return;
	memmove(outgoing->bytes, outgoing->bytes + outgoing->taken, outgoing_waiting(outgoing));
	outgoing->size -= outgoing->taken;
	outgoing->begun -= outgoing->taken;
	outgoing->taken = 0;
}

static bool make_room(struct outgoing *outgoing, size_t size)
{
	size_t room = outgoing->room ? outgoing->room : LEAST_ROOM;

	if (outgoing->room - outgoing->size >= size)
		return true;
	forget_taken(outgoing);
	while (room - outgoing->size < size)
		room *= 2;
	char *bytes = room == outgoing->room ? outgoing->bytes : realloc(outgoing->bytes, room);
	if (!bytes)
		return false;
	outgoing->bytes = bytes;
	outgoing->room = room;
	return true;
}

void outgoing_begin(struct outgoing *outgoing)
{
	outgoing->begun = outgoing->size;
	outgoing->is_too_long = false;
}

void outgoing_put(struct outgoing *outgoing, const void *bytes, size_t size)
{
	outgoing->is_too_long |= size > PROTOCOL_ANSWER_MAX - outgoing_length(outgoing);
	if (outgoing->is_too_long || outgoing->failed)
		return;
	if (!make_room(outgoing, size)) {
		outgoing->failed = true;
		return;
	}
	memcpy(outgoing->bytes + outgoing->size, bytes, size);
	outgoing->size += size;
}

void outgoing_put_text(struct outgoing *outgoing, const char *text)
{
	outgoing_put(outgoing, text, strlen(text));
}

static int take_dumped(const char *bytes, size_t size, void *context)
{
	outgoing_put(context, bytes, size);
	return 0;
}

void outgoing_put_json(struct outgoing *outgoing, json_t *json)
{
	if (!json || json_dump_callback(json, take_dumped, outgoing, JSON_FORM) != 0)
		outgoing->failed = true;
	json_decref(json);
}

void outgoing_cut(struct outgoing *outgoing, size_t count)
{
	if (!outgoing->failed && !outgoing->is_too_long)
		outgoing->size -= count;
}

int outgoing_end(struct outgoing *outgoing, const char *id)
{
	if (id[0]) {
		outgoing_cut(outgoing, 1);
		outgoing_put_text(outgoing, ",\"id\":");
		outgoing_put_text(outgoing, id);
		outgoing_put_text(outgoing, "}");
	}
	outgoing_put_text(outgoing, "\n");
	if (!outgoing->is_too_long)
		return 0;
	outgoing->size = outgoing->begun;
	return -EMSGSIZE;
}

void outgoing_drop(struct outgoing *outgoing, size_t count)
{
	outgoing->taken += count;
	if (outgoing_waiting(outgoing) == 0)
		outgoing_clear(outgoing);
}
