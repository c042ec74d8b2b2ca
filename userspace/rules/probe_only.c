// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe-only: recipients are named to receiver after receiver, and no message follows.
 *
 * So addresses are tried before they are sold or written to; Spamhaus lists hosts for it. A session is a probe when
 * the server took a recipient, nobody tried to send data, and it was ended in order. Where every recipient was refused
 * or put off (greylisting), there was nothing that could have been sent; and what was said under TLS is not known.
 */
#include "lib/clock.h"
#include "rules/actor_counts.h"
#include "rules/delivery.h"

#include <inttypes.h>
#include <stdio.h>

#define WINDOW_NS (3600 * NANOSECONDS_A_SECOND)
#define PROBES_MAX 20
#define NETWORKS_MAX 5

static bool has_tried_data(const struct dialogue *dialogue)
{
	const struct dialogue_reply *reply = &dialogue->reply;

	return dialogue->accepted > 0 || dialogue->message_bytes > 0 ||
	       (reply->code != 0 && (reply->stage == DIALOGUE_STAGE_DATA || reply->stage == DIALOGUE_STAGE_MESSAGE));
}

static bool is_probe(const struct flow *flow)
{
	const struct dialogue *dialogue = flow->dialogue;

	if (!dialogue || dialogue->from_middle || dialogue->lost || dialogue->tls != DIALOGUE_TLS_NONE)
		return false;
	return dialogue->rcpt_count > dialogue->refusals && !has_tried_data(dialogue) &&
	       (dialogue->quit || flow->outcome == SW_OUTCOME_CLOSED);
}

bool probe_only_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct flow *flow = question->change->flow;
	uint64_t time_ns = question->observation->time_ns;

	if (!delivery_is_judged(question) || !is_probe(flow))
		return false;
	struct actor_count *count = actor_counts_take(question->states->counts, ret_firing->rule, question->actor,
						      delivery_script_path(question));
	if (!count)
		return false;
	rate_add(&count->marked, time_ns, WINDOW_NS, 1);
	networks_add(&count->networks, &flow->remote.address, time_ns, WINDOW_NS);
	uint64_t probes = rate_count(&count->marked);
	if (probes < PROBES_MAX || count->networks.count < NETWORKS_MAX)
		return false;
	ret_firing->severity = ALERT_SEVERITY_WARNING;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence),
		 "%" PRIu64 " sessions in 1 h with RCPT and no DATA, to %zu%s networks", probes, count->networks.count,
		 count->networks.capped ? " or more" : "");
	return true;
}
