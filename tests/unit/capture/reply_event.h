/* SPDX-License-Identifier: GPL-2.0-only */
/* Replies as the capture tells them, and an address that is ours. */
#ifndef SMTPWATCH_TESTS_CAPTURE_REPLY_EVENT_H
#define SMTPWATCH_TESTS_CAPTURE_REPLY_EVENT_H

#include "capture/replies.h"
#include "capture/reply_row.h"
#include "support/test.h"

#define OURS "203.0.113.5"
#define OURS_IPV6 "2001:db8::5"

static inline bool is_ours(void *context, const struct address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	(void)context;
	address_format(address, text);
	return strcmp(text, OURS) == 0 || strcmp(text, OURS_IPV6) == 0;
}

/* `line` is as on the wire: "550 5.7.1 text", the code behind it may be missing. */
static inline struct dialogue_event reply_event(enum dialogue_stage stage, const char *line)
{
	struct dialogue_event event = {.kind = DIALOGUE_REPLY, .stage = stage, .text = line + 4};

	event.code = (uint16_t)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
	event.enhanced = reply_enhanced_of(event.text);
	if (event.enhanced.class)
		event.text += strcspn(event.text, " ");
	return event;
}

#endif
