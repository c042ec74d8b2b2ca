// SPDX-License-Identifier: GPL-2.0-only
/* A receiver says that there is no such mailbox. */
#include "lib/array.h"
#include "signals/signals.h"

#include <string.h>

/* What servers without enhanced codes (RFC 3463) say, in whatever case. */
static const char *const phrases[] = {
	"user unknown",       "unknown user",    "unknown recipient",   "recipient unknown", "unknown mailbox",
	"unknown address",    "address unknown", "no such user",        "no such recipient", "no such mailbox",
	"no such address",    "no mailbox here", "user not found",      "mailbox not found", "recipient not found",
	"user doesn't exist", "does not exist",  "unrouteable address",
};

/* The same words about something else. */
static const char *const elsewhere[] = {"sender", "domain does not exist", "domain not found"};

static bool has_one(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasestr(text, list[i]))
			return true;
	return false;
}

/* A refusal that is about this host is not about the mailbox, whatever code it uses. */
static bool is_about_this_host(enum reply_class class)
{
	return class != REPLY_CLASS_NONE && class != REPLY_CLASS_RECEIVER && class != REPLY_CLASS_IGNORE;
}

bool reply_is_unknown_recipient(const struct dialogue_event *event)
{
	const struct enhanced_code *enhanced = &event->enhanced;

	if (event->kind != DIALOGUE_REPLY || event->stage != DIALOGUE_STAGE_RCPT || is_about_this_host(event->class))
		return false;
	if (enhanced->class != 0)
		return enhanced->class == 5 && enhanced->subject == 1 && enhanced->detail == 1;
	if (event->code != 550 && event->code != 551 && event->code != 553)
		return false;
	return has_one(event->text, phrases, COUNT_OF(phrases)) &&
	       !has_one(event->text, elsewhere, COUNT_OF(elsewhere));
}
