/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rules about dialogues have in common: whom they judge, and how they say it. */
#ifndef SMTPWATCH_RULES_DELIVERY_H
#define SMTPWATCH_RULES_DELIVERY_H

#include "rules/rule.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether the question is of a flow to the world, of somebody who is no mail server. A smarthost is not the world. */
bool delivery_is_judged(const struct rule_question *question);

/* The same, of a flow to port 25. */
bool delivery_is_direct(const struct rule_question *question);

/* What the actor was running when the flow began; NULL: not known. */
const struct script *delivery_script(const struct rule_question *question);

/* The path of it, or NULL. */
const char *delivery_script_path(const struct rule_question *question);

/* Evidence: "EHLO x.example to mx.example.com", and behind a comma the remark, if it is not NULL. */
void delivery_write_helo(const struct flow *flow, const char *name, bool is_extended, const char *remark,
			 struct firing *firing);

#define SOURCE_TEXT_SIZE 96

/* "192.168.122.5 on virbr0, 52:54:00:12:34:56": what is known of it. */
const char *delivery_describe_source(const struct actor *actor, char text[SOURCE_TEXT_SIZE]);

#endif
