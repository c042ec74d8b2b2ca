// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-socket: this host opens a mail connection to the world, and no socket of its kernel did it.
 *
 * Raw and packet sockets carry a TCP of a program's own, past whatever watches connect(). It takes privileges, and no
 * mail program does it.
 */
#include "rules/delivery.h"

#include <stdio.h>

bool no_socket_judge(const struct rule_question *question, struct firing *ret_firing)
{
	char source[SOURCE_TEXT_SIZE];

	if (question->actor->origin != ACTOR_ORIGIN_NO_SOCKET || !delivery_is_judged(question))
		return false;
	ret_firing->severity = ALERT_SEVERITY_HIGH;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence), "sent from %s without a socket",
		 delivery_describe_source(question->actor, source));
	return true;
}
