// SPDX-License-Identifier: GPL-2.0-only
/*
 * no-quit: sessions are left without the QUIT that RFC 5321 4.1.1.10 asks for.
 *
 * Bots save it: B@bel (Stringhini et al., USENIX Security 2012) tells them from mail programs by such habits. Careless
 * honest programs save it too, so it only adds to what other rules say. Sessions under TLS are left out, because there
 * it cannot be seen, and of those without QUIT such that the server may have ended: by RST, or after it said 421
 * (RFC 5321 3.8).
 */
#include "lib/clock.h"
#include "rules/actor_counts.h"
#include "rules/delivery.h"

#include <inttypes.h>
#include <stdio.h>

#define WINDOW_NS (3600 * NANOSECONDS_A_SECOND)
#define SESSIONS_MIN 10
#define SHARE 2 /* one of so many sessions */
#define SERVICE_CLOSES 421

static bool is_told(const struct flow *flow)
{
	const struct dialogue *dialogue = flow->dialogue;

	if (!dialogue || dialogue->helo_count == 0 || dialogue->from_middle || dialogue->lost ||
	    dialogue->tls != DIALOGUE_TLS_NONE)
		return false;
	return dialogue->quit || (flow->outcome == SW_OUTCOME_CLOSED && dialogue->reply.code != SERVICE_CLOSES);
}

bool no_quit_judge(const struct rule_question *question, struct firing *ret_firing)
{
	const struct flow *flow = question->change->flow;
	uint64_t time_ns = question->observation->time_ns;

	if (!delivery_is_judged(question) || !is_told(flow))
		return false;
	struct actor_count *count = actor_counts_take(question->states->counts, ret_firing->rule, question->actor,
						      delivery_script_path(question));
	if (!count)
		return false;
	rate_add(&count->all, time_ns, WINDOW_NS, 1);
	if (flow->dialogue->quit)
		return false;
	rate_add(&count->marked, time_ns, WINDOW_NS, 1);
	uint64_t sessions = rate_count(&count->all);
	uint64_t left = rate_count(&count->marked);
	if (sessions < SESSIONS_MIN || left * SHARE < sessions)
		return false;
	ret_firing->severity = ALERT_SEVERITY_INFO;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence),
		 "%" PRIu64 " of %" PRIu64 " sessions in 1 h without QUIT", left, sessions);
	return true;
}
