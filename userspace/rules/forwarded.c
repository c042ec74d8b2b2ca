// SPDX-License-Identifier: GPL-2.0-only
/*
 * forwarded: a machine behind this one - a guest, a container with a network of its own, a client of its NAT - speaks
 * to port 25 of the world.
 *
 * This host's kernel has no socket of it, so no process can be named; its address is what there is to go by.
 */
#include "rules/delivery.h"

#include <stdio.h>

bool forwarded_judge(const struct rule_question *question, struct firing *ret_firing)
{
	char source[SOURCE_TEXT_SIZE];

	if (question->actor->origin != ACTOR_ORIGIN_FORWARDED || !delivery_is_direct(question))
		return false;
	ret_firing->severity = ALERT_SEVERITY_WARNING;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence), "%s",
		 delivery_describe_source(question->actor, source));
	return true;
}
