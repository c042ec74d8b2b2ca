// SPDX-License-Identifier: GPL-2.0-only
/*
 * blocked: receivers say that they refuse this host for its address, or for a list that it is on.
 *
 * It is the host that is refused, whoever was delivering, so there is one alert for all actors, mail servers among
 * them. One receiver's list can be an error of its own; when three agree, something has been sent from here.
 */
#include "rules/refusals.h"
#include "rules/rule.h"
#include "rules/since.h"

#include <stdio.h>

#define MANY_RECEIVERS 3

static void write_evidence(const struct refusals_sum *sum, uint64_t now_wall_ns, char evidence[FIRING_EVIDENCE_SIZE])
{
	char since[SINCE_TEXT_SIZE];
	bool is_one = sum->receivers == 1 && !sum->capped;

	snprintf(evidence, FIRING_EVIDENCE_SIZE,
		 "%zu%s receiver%s refuse%s this host since %s, first by %s, cause: %s%s%s%s", sum->receivers,
		 sum->capped ? "+" : "", is_one ? "" : "s", is_one ? "s" : "",
		 since_format(sum->first_wall_ns, now_wall_ns, since), sum->first_receiver,
		 reply_class_name(sum->cause), sum->list[0] ? " (" : "", sum->list, sum->list[0] ? ")" : "");
}

bool blocked_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct dialogue_event *reply = refusals_find_reply(question->observation, question->change);

	if (!reply || (reply->class != REPLY_CLASS_BLOCK && reply->class != REPLY_CLASS_DNSBL))
		return false;
	refusals_add(question->states->blocked, question->observation, question->change->flow);
	const struct refusals_sum sum = refusals_sum(question->states->blocked);
	ret_firing->severity = sum.receivers >= MANY_RECEIVERS ? ALERT_SEVERITY_CRITICAL : ALERT_SEVERITY_HIGH;
	ret_firing->window_ns = 0; /* receivers are counted, not networks */
	ret_firing->subject = RULE_SUBJECT_HOST;
	write_evidence(&sum, question->observation->wall_ns, ret_firing->evidence);
	return true;
}
