// SPDX-License-Identifier: GPL-2.0-only
/*
 * throttled: receivers put off this host's mail for its reputation or rate. One alert of the host, as blocked has.
 *
 * Large receivers do so to everyone now and then: it takes two of them within an hour, or five such replies.
 */
#include "rules/refusals.h"
#include "rules/rule.h"
#include "rules/since.h"

#include <inttypes.h>
#include <stdio.h>

#define MANY_RECEIVERS 2
#define MANY_REPLIES 5

static void write_evidence(const struct refusals_sum *sum, uint64_t now_wall_ns, char evidence[FIRING_EVIDENCE_SIZE])
{
	char since[SINCE_TEXT_SIZE];
	bool is_one = sum->receivers == 1 && !sum->capped;

	snprintf(evidence, FIRING_EVIDENCE_SIZE,
		 "%zu%s receiver%s slow%s this host down since %s, first by %s, %" PRIu64 " replies in 1 h",
		 sum->receivers, sum->capped ? "+" : "", is_one ? "" : "s", is_one ? "s" : "",
		 since_format(sum->first_wall_ns, now_wall_ns, since), sum->first_receiver, sum->replies);
}

bool throttled_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct dialogue_event *reply = refusals_find_reply(question->observation, question->change);

	if (!reply || reply->class != REPLY_CLASS_TEMP)
		return false;
	refusals_add(question->states->throttled, question->observation, question->change->flow);
	const struct refusals_sum sum = refusals_sum(question->states->throttled);
	if (sum.receivers < MANY_RECEIVERS && sum.replies < MANY_REPLIES)
		return false;
	ret_firing->count = refusals_take_untold(question->states->throttled);
	ret_firing->severity = ALERT_SEVERITY_WARNING;
	ret_firing->window_ns = 0; /* receivers are counted, not networks */
	ret_firing->subject = RULE_SUBJECT_HOST;
	write_evidence(&sum, question->observation->wall_ns, ret_firing->evidence);
	return true;
}
