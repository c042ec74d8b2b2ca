// SPDX-License-Identifier: GPL-2.0-only
/* A row of the table of replies, and behind the first line end a reply, for that row and for the shipped table. */
#include "capture/replies.h"

#include "capture/reply_row.h"

#include <string.h>

static struct replies *shipped;

static bool is_ours(void *context, const struct address *address)
{
	(void)context;
	return address->bytes[15] & 1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ini_error error;

	(void)argc;
	(void)argv;
	return replies_load(NULL, &shipped, &error);
}

static void ask_row(char *line, const struct dialogue_event *event)
{
	struct ini_error error;
	const struct ini_place place = {.file = "row", .line = 1, .error = &error};
	struct reply reply = {.stage = event->stage, .code = event->code, .enhanced = event->enhanced};
	struct reply_row row;

	if (reply_row_parse(&place, line, &row))
		return;
	reply_text_take(&reply.text, event->text);
	reply_row_matches(&row, &reply);
	reply_row_clear(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char input[4096] = "";
	char line[REPLY_ROW_SIZE + 1];
	const char *receiver;

	if (size < 3 || size - 3 >= sizeof(input))
		return 0;
	memcpy(input, bytes + 3, size - 3);
	size_t length = strcspn(input, "\n");
	if (length >= sizeof(line))
		return 0;
	memcpy(line, input, length);
	line[length] = '\0';

	const char *text = input + length + (input[length] == '\n');
	const struct dialogue_event event = {
		.kind = bytes[0] & 1 ? DIALOGUE_BANNER : DIALOGUE_REPLY,
		.stage = (enum dialogue_stage)(bytes[0] / 2 % DIALOGUE_STAGE_COUNT),
		.code = (uint16_t)(400 + bytes[1]),
		.enhanced = reply_enhanced_of(bytes[2] & 1 ? text : ""),
		.text = text,
	};
	replies_classify(shipped, &event, is_ours, NULL, &receiver);
	ask_row(line, &event);
	return 0;
}
