/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was said, in a JSON object of ecs.h:
 * smtpwatch.dialogue.{banner,banner_code,ehlo,helo,extensions,tls,server_name,
 * auth,misfit,mail_domain,mail_address,mail_count,rcpt_domain,rcpt_count,accepted,refused,refusals,
 * unknown_recipients,message_bytes,quit,from_middle,lost} and
 * smtpwatch.reply.{code,enhanced,text,stage,class,receiver}.
 */
#ifndef SMTPWATCH_SINKS_ECS_DIALOGUE_H
#define SMTPWATCH_SINKS_ECS_DIALOGUE_H

#include <jansson.h>
#include <smtpwatch/dialogue.h>

/* NULL leaves all out. */
void ecs_put_dialogue(json_t *root, const struct dialogue *dialogue);

/* Texts are borrowed. */
void ecs_put_reply(json_t *root, const struct dialogue_reply *reply);

#endif
