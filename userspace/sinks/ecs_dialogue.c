// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/ecs_dialogue.h"

#include "sinks/ecs_put.h"

#include <stdio.h>

/* Nothing where it is 0. */
static void put_count(json_t *object, const char *name, uint64_t count)
{
	if (count)
		ecs_put_number(object, name, count);
}

void ecs_put_reply(json_t *root, const struct dialogue_reply *reply)
{
	char enhanced[sizeof("255.65535.65535")];

	if (!reply->code)
		return;
	json_t *object = ecs_object_in(ecs_object_in(root, "smtpwatch"), "reply");
	ecs_put_number(object, "code", reply->code);
	snprintf(enhanced, sizeof(enhanced), "%u.%u.%u", reply->enhanced.class, reply->enhanced.subject,
		 reply->enhanced.detail);
	if (reply->enhanced.class)
		ecs_put_word(object, "enhanced", enhanced);
	ecs_put_text(object, "text", reply->text);
	ecs_put_word(object, "stage", dialogue_stage_name(reply->stage));
	if (reply->class != REPLY_CLASS_NONE)
		ecs_put_word(object, "class", reply_class_name(reply->class));
	ecs_put_text(object, "receiver", reply->receiver);
}

static void put_extensions(json_t *object, uint32_t extensions)
{
	json_t *names = json_array();

	for (int extension = 0; extension < DIALOGUE_EXTENSION_COUNT; extension++)
		if (extensions & 1U << extension)
			json_array_append_new(names,
					      json_string(dialogue_extension_name((enum dialogue_extension)extension)));
	json_object_set_new(object, "extensions", names);
}

static void put_greeting(json_t *object, const struct dialogue *dialogue)
{
	ecs_put_text(object, "banner", dialogue->banner);
	put_count(object, "banner_code", dialogue->banner_code);
	ecs_put_text(object, dialogue->is_extended ? "ehlo" : "helo", dialogue->helo);
	if (dialogue->helo_count > 1)
		ecs_put_number(object, "helo_count", dialogue->helo_count);
	if (dialogue->extensions)
		put_extensions(object, dialogue->extensions);
	if (dialogue->tls != DIALOGUE_TLS_NONE)
		ecs_put_word(object, "tls", dialogue_tls_name(dialogue->tls));
	ecs_put_text(object, "server_name", dialogue->server_name);
	ecs_put_text(object, "auth", dialogue->mechanism);
	if (dialogue->misfit != DIALOGUE_MISFIT_NONE)
		ecs_put_word(object, "misfit", dialogue_misfit_name(dialogue->misfit));
}

static void put_envelopes(json_t *object, const struct dialogue *dialogue)
{
	ecs_put_text(object, "mail_domain", dialogue->mail_domain);
	ecs_put_text(object, "mail_address", dialogue->mail_address);
	put_count(object, "mail_count", dialogue->mail_count);
	ecs_put_text(object, "rcpt_domain", dialogue->rcpt_domain);
	put_count(object, "rcpt_count", dialogue->rcpt_count);
	if (dialogue->mail_count || dialogue->accepted)
		ecs_put_number(object, "accepted", dialogue->accepted);
	if (dialogue->mail_count || dialogue->refused)
		ecs_put_number(object, "refused", dialogue->refused);
	put_count(object, "refusals", dialogue->refusals);
	put_count(object, "unknown_recipients", dialogue->unknown_recipients);
	put_count(object, "message_bytes", dialogue->message_bytes);
}

void ecs_put_dialogue(json_t *root, const struct dialogue *dialogue)
{
	if (!dialogue)
		return;
	json_t *object = ecs_object_in(ecs_object_in(root, "smtpwatch"), "dialogue");
	put_greeting(object, dialogue);
	put_envelopes(object, dialogue);
	ecs_put_true(object, "quit", dialogue->quit);
	ecs_put_true(object, "from_middle", dialogue->from_middle);
	ecs_put_true(object, "lost", dialogue->lost);
	ecs_put_reply(root, &dialogue->reply);
}
