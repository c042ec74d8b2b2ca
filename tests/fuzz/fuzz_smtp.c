// SPDX-License-Identifier: GPL-2.0-only
/*
 * A session: the first byte is options, the rest what the server says, then the client, and so on. 0xff hands over to
 * the other side, 0xfe and a byte is a gap. However the bytes are cut, the same must be told.
 */
#include "capture/smtp.h"

#include <stdlib.h>
#include <string.h>

#define HAND_OVER 0xff
#define GAP 0xfe

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	uint64_t hash;
	bool is_opaque;
	bool keep_addresses;
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void add(struct told *told, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		told->hash = (told->hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3U;
}

static void add_text(struct told *told, const char *text, size_t size)
{
	if (!text)
		return;
	require(strlen(text) < size);
	add(told, text, strlen(text) + 1);
}

static bool has_name(enum dialogue_event_kind kind)
{
	return kind == DIALOGUE_HELO || kind == DIALOGUE_AUTH || kind == DIALOGUE_TLS || kind == DIALOGUE_MAIL ||
	       kind == DIALOGUE_RCPT;
}

static void take(void *context, struct dialogue_event *event)
{
	struct told *told = context;
	bool is_path = event->kind == DIALOGUE_MAIL || event->kind == DIALOGUE_RCPT;
	uint64_t numbers[] = {
		event->kind,           event->code,  event->stage,       event->extensions,     event->tls,
		event->misfit,         event->bytes, event->is_extended, event->enhanced.class, event->enhanced.subject,
		event->enhanced.detail};

	require(!told->is_opaque);
	require(has_name(event->kind) == (event->name != NULL));
	require((event->kind == DIALOGUE_BANNER || event->kind == DIALOGUE_REPLY) == (event->text != NULL));
	require((is_path && told->keep_addresses) == (event->address != NULL));
	require(event->kind != DIALOGUE_REPLY || (event->code >= 400 && event->code < 600));
	add(told, numbers, sizeof(numbers));
	add_text(told, event->name, DIALOGUE_NAME_SIZE);
	add_text(told, event->text, DIALOGUE_TEXT_SIZE);
	add_text(told, event->address, DIALOGUE_ADDRESS_SIZE);
}

static void judge(struct told *told, struct stream_verdict verdict, size_t size)
{
	require(verdict.clear <= size);
	require(!told->is_opaque || (verdict.is_opaque && verdict.clear == 0));
	told->is_opaque = verdict.is_opaque;
}

static void feed(struct smtp *smtp, struct told *told, enum stream_side side, const uint8_t *bytes, size_t size,
		 size_t piece)
{
	for (size_t done = 0; done < size; done += piece) {
		size_t left = size - done < piece ? size - done : piece;
		/* Exactly as long, so that a byte too far is noticed. */
		uint8_t *copy = malloc(left);

		require(copy != NULL);
		memcpy(copy, bytes + done, left);
		judge(told, smtp_read(smtp, side, copy, left), left);
		free(copy);
	}
}

static struct told run(uint8_t options, const uint8_t *data, size_t size, size_t piece)
{
	struct smtp_options as_options = {
		.is_tls = options & 1, .keep_addresses = options & 2, .from_middle = (options & 12) == 12};
	struct told told = {.hash = 0xcbf29ce484222325U, .keep_addresses = as_options.keep_addresses};
	struct smtp *smtp = smtp_new(&as_options, take, &told);
	enum stream_side side = STREAM_SERVER;

	require(smtp != NULL);
	while (size > 0) {
		size_t length = 0;

		while (length < size && data[length] != HAND_OVER && data[length] != GAP)
			length++;
		feed(smtp, &told, side, data, length, piece);
		if (length < size && data[length] == HAND_OVER)
			side = side == STREAM_CLIENT ? STREAM_SERVER : STREAM_CLIENT;
		else if (length + 1 < size)
			judge(&told, smtp_skip(smtp, side, data[++length]), 0);
		length += length < size;
		data += length;
		size -= length;
	}
	smtp_end(smtp);
	smtp_free(smtp);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct told whole;
	struct told cut;

	if (size < 1)
		return 0;
	whole = run(data[0], data + 1, size - 1, SIZE_MAX / 2);
	cut = run(data[0], data + 1, size - 1, 1);
	require(whole.hash == cut.hash && whole.is_opaque == cut.is_opaque);
	cut = run(data[0], data + 1, size - 1, 5);
	require(whole.hash == cut.hash && whole.is_opaque == cut.is_opaque);
	return 0;
}
