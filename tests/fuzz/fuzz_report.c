// SPDX-License-Identifier: GPL-2.0-only
/* Whatever the capture process says: what is taken for a report is within its bounds, and goes there and back. */
#include "capture/report.h"

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

static void check_bounds(const struct report *report)
{
	const struct dialogue_event *event = &report->dialogue;

	check(report->kind > 0 && report->kind < REPORT_KIND_COUNT);
	check(event->kind < DIALOGUE_EVENT_COUNT && event->stage < DIALOGUE_STAGE_COUNT);
	check(event->tls < DIALOGUE_TLS_COUNT && event->misfit < DIALOGUE_MISFIT_COUNT);
	check(event->ending < DIALOGUE_ENDING_COUNT && report->name.kind < NAME_EVENT_COUNT);
	check_text(event->name, DIALOGUE_NAME_SIZE);
	check_text(event->text, DIALOGUE_TEXT_SIZE);
	check_text(event->address, DIALOGUE_ADDRESS_SIZE);
	check_text(report->name.owner, NAME_SIZE);
	check_text(report->name.target, NAME_SIZE);
	check_text(report->text, REPORT_SIZE);
	check(report->frame.size <= REPORT_FRAME_SIZE && report->frame.size <= report->frame.length);
}

/* There is one way to write a report, so what was decoded is encoded to the same bytes. */
static void check_return(const struct report *report, const uint8_t *bytes, size_t size)
{
	static alignas(8) uint8_t message[REPORT_MESSAGE_SIZE];
	size_t used = 0;

	check(report_encode(report, message, &used) == 0);
	check(used == size && memcmp(message, bytes, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1); /* aligned, and ends where the input does */
	size_t at = 0;
	size_t report_size;
	struct report report;

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	while (report_decode(bytes + at, size - at, &report, &report_size) == 0) {
		check(report_size >= 8 && report_size % 8 == 0 && report_size <= size - at);
		check_bounds(&report);
		check_return(&report, bytes + at, report_size);
		at += report_size;
	}
	free(bytes);
	return 0;
}
