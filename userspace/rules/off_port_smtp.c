// SPDX-License-Identifier: GPL-2.0-only
/*
 * off-port-smtp: SMTP is spoken to the world on a port that is not watched.
 *
 * Nothing else is known of such a connection, not even that it began, so it is told once that there is one.
 */
#include "rules/rule.h"

#include <stdio.h>

bool off_port_smtp_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct observation *observation = question->observation;
	const struct dialogue_event *event = observation->dialogue;
	const struct flow *flow = question->change->flow;

	if (question->actor->role == ACTOR_ROLE_MTA || (flow && flow->scope != SW_SCOPE_EXTERNAL))
		return false;
	ret_firing->severity = ALERT_SEVERITY_WARNING;
	ret_firing->remote = &observation->remote;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence), "%s %.120s on port %u",
		 event->is_extended ? "EHLO" : "HELO", event->name, observation->remote.port);
	return true;
}
