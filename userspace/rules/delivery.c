// SPDX-License-Identifier: GPL-2.0-only
#include "rules/delivery.h"

#include <stdio.h>

bool delivery_is_judged(const struct rule_question *question)
{
	const struct flow *flow = question->change->flow;

	return flow && flow->scope == SW_SCOPE_EXTERNAL && question->actor->role != ACTOR_ROLE_MTA;
}

bool delivery_is_direct(const struct rule_question *question)
{
	return delivery_is_judged(question) && question->change->flow->remote.port == FLOW_DIRECT_PORT;
}

const struct script *delivery_script(const struct rule_question *question)
{
	const struct flow *flow = question->change->flow;

	return flow && flow->script ? flow->script : question->actor->script;
}

const char *delivery_script_path(const struct rule_question *question)
{
	const struct script *script = delivery_script(question);

	return script ? script->path : NULL;
}

/* The texts are cut so that all of them have room. */
void delivery_write_helo(const struct flow *flow, const char *name, bool is_extended, const char *remark,
			 struct firing *firing)
{
	char address[ADDRESS_TEXT_SIZE];

	address_format(&flow->remote.address, address);
	snprintf(firing->evidence, sizeof(firing->evidence), "%s %.56s to %.52s%s%.35s", is_extended ? "EHLO" : "HELO",
		 name[0] ? name : "without a name", flow->domain[0] ? flow->domain : address, remark ? ", " : "",
		 remark ? remark : "");
}

const char *delivery_describe_source(const struct actor *actor, char text[SOURCE_TEXT_SIZE])
{
	const uint8_t *mac = actor->source.mac;
	char address[ADDRESS_TEXT_SIZE];
	char hardware[sizeof(", 52:54:00:12:34:56")] = "";

	address_format(&actor->source.address, address);
	if (actor->source.has_mac)
		snprintf(hardware, sizeof(hardware), ", %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
			 mac[4], mac[5]);
	snprintf(text, SOURCE_TEXT_SIZE, "%s%s%s%s", address, actor->interface_name[0] ? " on " : "",
		 actor->interface_name, hardware);
	return text;
}
