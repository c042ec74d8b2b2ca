// SPDX-License-Identifier: GPL-2.0-only
/*
 * direct-to-mx: an actor that is no MTA connects to an external port 25 that is no smarthost.
 *
 * Port 25 is for relaying between mail servers (RFC 5321); what users and applications submit belongs to
 * 587 or 465 (RFC 6409, RFC 8314), or to the local mail server. One such connection can be a test, so it
 * is a warning; three networks within ten minutes are a delivery to many receivers. A relay client is
 * judged like an application: toward its smarthost nobody is judged at all. Who is no process of this host is not an
 * application of it: forwarded and no-socket tell of him.
 */
#include "rules/rule.h"

#define RISEN_NETWORKS 3

bool direct_to_mx_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct actor *actor = question->actor;

	if (actor->origin != ACTOR_ORIGIN_PROCESS || actor->role == ACTOR_ROLE_MTA ||
	    question->change->direct_added == 0)
		return false;
	ret_firing->count = question->change->direct_added;
	ret_firing->severity = ALERT_SEVERITY_WARNING;
	ret_firing->risen_severity = ALERT_SEVERITY_HIGH;
	ret_firing->risen_networks = RISEN_NETWORKS;
	return true;
}
