// SPDX-License-Identifier: GPL-2.0-only
#include "signals/descriptions.h"

#include <stdio.h>

const struct script *script_of_flow(const struct sighting *sighting)
{
	const struct flow *flow = sighting->change->flow;

	return flow && flow->script ? flow->script : sighting->actor->script;
}

/* The texts are cut so that all of them have room. */
bool describe_greeting(const struct sighting *sighting, char text[SIGNAL_TEXT_SIZE])
{
	const struct dialogue_event *event = sighting->observation->dialogue;
	const struct flow *flow = sighting->change->flow;
	bool is_now = event && (event->kind == DIALOGUE_HELO || event->kind == DIALOGUE_OFF_PORT);
	const char *name = is_now ? event->name : flow && flow->dialogue ? flow->dialogue->helo : NULL;
	bool is_extended = is_now ? event->is_extended : name && flow->dialogue->is_extended;
	char address[ADDRESS_TEXT_SIZE] = "";

	if (!name)
		return false;
	if (flow)
		address_format(&flow->remote.address, address);
	snprintf(text, SIGNAL_TEXT_SIZE, "%s %.56s%s%.52s", is_extended ? "EHLO" : "HELO",
		 name[0] ? name : "without a name", flow ? " to " : "",
		 flow && flow->domain[0] ? flow->domain : address);
	return true;
}

const char *describe_source(const struct actor *actor, char text[SIGNAL_TEXT_SIZE])
{
	const uint8_t *mac = actor->source.mac;
	char address[ADDRESS_TEXT_SIZE];
	char hardware[sizeof(", 52:54:00:12:34:56")] = "";

	address_format(&actor->source.address, address);
	if (actor->source.has_mac)
		snprintf(hardware, sizeof(hardware), ", %02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
			 mac[4], mac[5]);
	snprintf(text, SIGNAL_TEXT_SIZE, "%s%s%s%s", address, actor->interface_name[0] ? " on " : "",
		 actor->interface_name, hardware);
	return text;
}
