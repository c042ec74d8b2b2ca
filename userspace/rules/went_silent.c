// SPDX-License-Identifier: GPL-2.0-only
/*
 * went-silent: port 25 of the world does not answer any more, though it did within the day before. Providers close
 * it for a host of which they hear complaints (OVH does), and tell nobody who reads this host's logs.
 *
 * Single receivers are silent all the time: ten connections to three networks within an hour, and none that was
 * answered since the first of them, are no receiver's fault.
 */
#include "lib/clock.h"
#include "rules/rule.h"
#include "rules/silence.h"
#include "rules/since.h"

#include <inttypes.h>
#include <stdio.h>

#define MANY_CONNECTIONS 10
#define MANY_NETWORKS 3

/* The SYN was sent three times by then: again after 1 s and 3 s (RFC 6298 2.1 and 5.5). */
#define PATIENCE_NS (3 * NANOSECONDS_A_SECOND)

static bool ended_unanswered(const struct model_change *change)
{
	const struct flow *flow = change->flow;

	if (!change->flow_ended || flow->established)
		return false;
	return flow->outcome == SW_OUTCOME_TIMED_OUT ||
	       (flow->outcome == SW_OUTCOME_ABORTED && flow->duration_ns >= PATIENCE_NS);
}

static void write_evidence(const struct silence_sum *sum, uint64_t now_wall_ns, char evidence[FIRING_EVIDENCE_SIZE])
{
	char since[SINCE_TEXT_SIZE];
	char answered[SINCE_TEXT_SIZE];

	snprintf(evidence, FIRING_EVIDENCE_SIZE,
		 "%" PRIu64 " connections to port 25 unanswered since %s, %zu%s networks; last answered %s: has the "
		 "provider closed port 25?",
		 sum->count, since_format(sum->first_wall_ns, now_wall_ns, since), sum->recent_networks,
		 sum->networks_capped ? "+" : "", since_format(sum->answered_wall_ns, now_wall_ns, answered));
}

bool went_silent_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct observation *observation = question->observation;
	const struct flow *flow = question->change->flow;

	if (!flow || flow->scope != SW_SCOPE_EXTERNAL || flow->remote.port != FLOW_DIRECT_PORT)
		return false;
	if (question->change->flow_established)
		silence_note_answer(question->states->silence, observation->time_ns, observation->wall_ns);
	if (!ended_unanswered(question->change))
		return false;
	silence_note_unanswered(question->states->silence, flow, observation->time_ns);
	const struct silence_sum sum = silence_sum(question->states->silence);
	if (!sum.broke_off || sum.recent_count < MANY_CONNECTIONS || sum.recent_networks < MANY_NETWORKS)
		return false;
	ret_firing->count = silence_take_untold(question->states->silence);
	ret_firing->severity = ALERT_SEVERITY_HIGH;
	ret_firing->window_ns = 0; /* the silence counts its own networks */
	ret_firing->subject = RULE_SUBJECT_HOST;
	write_evidence(&sum, observation->wall_ns, ret_firing->evidence);
	return true;
}
