// SPDX-License-Identifier: GPL-2.0-only
#include "model/dialogue.h"

#include "lib/array.h"

#include <errno.h>
#include <string.h>

#define FIRST_REFUSING_CODE 400 /* RFC 5321 4.2.1: 4yz and 5yz are the negative completions */
#define CLOSING_CODE 421        /* 4.2.3 */

static const size_t text_offsets[] = {
	offsetof(struct dialogue, banner),         offsetof(struct dialogue, helo),
	offsetof(struct dialogue, server_name),    offsetof(struct dialogue, mechanism),
	offsetof(struct dialogue, mail_domain),    offsetof(struct dialogue, mail_address),
	offsetof(struct dialogue, rcpt_domain),    offsetof(struct dialogue, reply.text),
	offsetof(struct dialogue, reply.receiver),
};

static char **text_of(struct dialogue *dialogue, size_t index)
{
	return (char **)((char *)dialogue + text_offsets[index]);
}

struct dialogue *dialogue_new(void)
{
	return calloc(1, sizeof(struct dialogue));
}

void dialogue_free(struct dialogue *dialogue)
{
	if (!dialogue)
		return;
	for (size_t i = 0; i < COUNT_OF(text_offsets); i++)
		free(*text_of(dialogue, i));
	free(dialogue);
}

struct dialogue *dialogue_copy(const struct dialogue *dialogue)
{
	_cleanup_(cleanup_dialogue_free) struct dialogue *copy = malloc(sizeof(*copy));
	bool out_of_memory = false;

	if (!copy)
		return NULL;
	*copy = *dialogue;
	for (size_t i = 0; i < COUNT_OF(text_offsets); i++) {
		char **text = text_of(copy, i);
		if (*text && !(*text = strdup(*text)))
			out_of_memory = true;
	}
	return out_of_memory ? NULL : TAKE_PTR(copy);
}

/* NULL says nothing: the old text stays. */
static int set_text(char **target, const char *text)
{
	if (!text || (*target && strcmp(*target, text) == 0))
		return 0;
	char *own = strdup(text);
	if (!own)
		return -ENOMEM;
	free(*target);
	*target = own;
	return 0;
}

static int take_opened(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->from_middle = !event->has_syn;
	return 0;
}

static int take_banner(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->banner_code = event->code;
	return set_text(&dialogue->banner, event->text);
}

static int take_helo(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->helo_count++;
	dialogue->is_extended = event->is_extended;
	return set_text(&dialogue->helo, event->name);
}

static int take_extensions(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->extensions = event->extensions;
	return 0;
}

static int take_auth(struct dialogue *dialogue, const struct dialogue_event *event)
{
	return set_text(&dialogue->mechanism, event->name);
}

static int take_tls(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->tls = event->tls;
	return event->name && event->name[0] ? set_text(&dialogue->server_name, event->name) : 0;
}

static int take_mail(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->mail_count++;
	int error = set_text(&dialogue->mail_domain, event->name);
	return error ? error : set_text(&dialogue->mail_address, event->address);
}

static int take_rcpt(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->rcpt_count++;
	return set_text(&dialogue->rcpt_domain, event->name);
}

bool dialogue_is_unknown_recipient(const struct dialogue_event *event)
{
	return event->kind == DIALOGUE_REPLY && event->stage == DIALOGUE_STAGE_RCPT && event->enhanced.class == 5 &&
	       event->enhanced.subject == 1 && event->enhanced.detail == 1;
}

/* DATA without recipients is refused (RFC 5321 3.3): "bad sequence of commands" (RFC 3463 3.6), or all of them were
 * refused before. Clients that pipeline send it all the same. */
static bool is_for_want_of_recipients(const struct dialogue *dialogue, const struct dialogue_event *event)
{
	bool is_bad_sequence = event->enhanced.subject == 5 && event->enhanced.detail == 1;

	return (event->code == 503 || event->code == 554) &&
	       (is_bad_sequence || dialogue->refusals > dialogue->rcpt_count);
}

/* The refusals of the recipients said why. And what the table of replies knows says more than what it does not know,
 * but for the end of the session. */
static bool says_less(const struct dialogue *dialogue, const struct dialogue_event *event)
{
	const struct dialogue_reply *last = &dialogue->reply;

	if (last->code == 0 || event->class != REPLY_CLASS_NONE || event->code == CLOSING_CODE)
		return false;
	if (event->stage == DIALOGUE_STAGE_DATA)
		return last->stage == DIALOGUE_STAGE_RCPT && is_for_want_of_recipients(dialogue, event);
	return last->class != REPLY_CLASS_NONE;
}

static int take_reply(struct dialogue *dialogue, const struct dialogue_event *event)
{
	struct dialogue_reply *reply = &dialogue->reply;

	dialogue->refusals++;
	if (dialogue_is_unknown_recipient(event))
		dialogue->unknown_recipients++;
	if (says_less(dialogue, event))
		return 0;
	reply->stage = event->stage;
	reply->code = event->code;
	reply->enhanced = event->enhanced;
	reply->class = event->class;
	if (!event->receiver) {
		free(reply->receiver);
		reply->receiver = NULL;
	}
	int error = set_text(&reply->text, event->text);
	return error ? error : set_text(&reply->receiver, event->receiver);
}

static int take_message(struct dialogue *dialogue, const struct dialogue_event *event)
{
	if (event->code < FIRST_REFUSING_CODE)
		dialogue->accepted++;
	else
		dialogue->refused++;
	dialogue->message_bytes += event->bytes;
	return 0;
}

static int take_quit(struct dialogue *dialogue, const struct dialogue_event *event)
{
	(void)event;
	dialogue->quit = true;
	return 0;
}

static int take_misfit(struct dialogue *dialogue, const struct dialogue_event *event)
{
	dialogue->misfit = event->misfit;
	return 0;
}

static int take_lost(struct dialogue *dialogue, const struct dialogue_event *event)
{
	(void)event;
	dialogue->lost = true;
	return 0;
}

static int take_ended(struct dialogue *dialogue, const struct dialogue_event *event)
{
	(void)event;
	if (dialogue->refusals && dialogue->accepted + dialogue->refused == 0)
		dialogue->refused = 1;
	return 0;
}

/* What is said of a connection as such is the model's: no function. */
static int (*const takers[DIALOGUE_EVENT_COUNT])(struct dialogue *dialogue, const struct dialogue_event *event) = {
	[DIALOGUE_OPENED] = take_opened, [DIALOGUE_BANNER] = take_banner,
	[DIALOGUE_HELO] = take_helo,     [DIALOGUE_EXTENSIONS] = take_extensions,
	[DIALOGUE_AUTH] = take_auth,     [DIALOGUE_TLS] = take_tls,
	[DIALOGUE_MAIL] = take_mail,     [DIALOGUE_RCPT] = take_rcpt,
	[DIALOGUE_REPLY] = take_reply,   [DIALOGUE_MESSAGE] = take_message,
	[DIALOGUE_QUIT] = take_quit,     [DIALOGUE_NOT_SMTP] = take_misfit,
	[DIALOGUE_LOST] = take_lost,     [DIALOGUE_ENDED] = take_ended,
};

int dialogue_take(struct dialogue *dialogue, const struct dialogue_event *event)
{
	return takers[event->kind] ? takers[event->kind](dialogue, event) : 0;
}

bool dialogue_says_something(const struct dialogue *dialogue)
{
	return dialogue->banner || dialogue->helo || dialogue->tls != DIALOGUE_TLS_NONE ||
	       dialogue->misfit != DIALOGUE_MISFIT_NONE || dialogue->mail_count || dialogue->rcpt_count;
}
