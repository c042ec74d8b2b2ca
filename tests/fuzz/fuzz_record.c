// SPDX-License-Identifier: GPL-2.0-only
/* Whatever the capture process says: what is taken for a record is within its bounds, and goes there and back. */
#include "capture/record.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t limit)
{
	if (text && strnlen(text, limit) >= limit)
		abort();
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_bounds(const struct record *record)
{
	const struct dialogue_event *event = &record->dialogue;

	check(record->kind > 0 && record->kind < RECORD_KIND_COUNT);
	check(event->kind < DIALOGUE_EVENT_COUNT && event->stage < DIALOGUE_STAGE_COUNT);
	check(event->tls < DIALOGUE_TLS_COUNT && event->misfit < DIALOGUE_MISFIT_COUNT);
	check(event->ending < DIALOGUE_ENDING_COUNT && record->name.kind < NAME_EVENT_COUNT);
	check_text(event->name, DIALOGUE_NAME_SIZE);
	check_text(event->text, DIALOGUE_TEXT_SIZE);
	check_text(event->address, DIALOGUE_ADDRESS_SIZE);
	check_text(record->name.owner, NAME_SIZE);
	check_text(record->name.target, NAME_SIZE);
	check_text(record->text, RECORD_SIZE);
	check(record->frame.size <= RECORD_FRAME_SIZE && record->frame.size <= record->frame.length);
}

/* There is one way to write a record, so what was decoded is encoded to the same bytes. */
static void check_return(const struct record *record, const uint8_t *bytes, size_t size)
{
	static alignas(8) uint8_t message[RECORD_MESSAGE_SIZE];
	size_t used = 0;

	check(record_encode(record, message, &used) == 0);
	check(used == size && memcmp(message, bytes, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1); /* aligned, and ends where the input does */
	size_t at = 0;
	size_t record_size;
	struct record record;

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	while (record_decode(bytes + at, size - at, &record, &record_size) == 0) {
		check(record_size >= 8 && record_size % 8 == 0 && record_size <= size - at);
		check_bounds(&record);
		check_return(&record, bytes + at, record_size);
		at += record_size;
	}
	free(bytes);
	return 0;
}
