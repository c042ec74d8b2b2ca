// SPDX-License-Identifier: GPL-2.0-only
/*
 * envelope-rate: something that is no mail server sends one message after the other.
 *
 * What is counted are MAIL commands (RFC 5321 4.1.1.2), taken or refused, over all connections of one script. Ten a
 * minute is the value of Emerging Threats' rule 2002087.
 */
#include "lib/clock.h"
#include "rules/actor_counts.h"
#include "rules/delivery.h"

#include <inttypes.h>
#include <stdio.h>

#define WINDOW_NS (60 * NANOSECONDS_A_SECOND)
#define MAILS_MAX 10

bool envelope_rate_judge(const struct rule_question *question, struct firing *ret_firing)
{
	if (!delivery_is_judged(question))
		return false;
	struct actor_count *count = actor_counts_take(question->states->counts, ret_firing->rule, question->actor,
						      delivery_script_path(question));
	if (!count)
		return false;
	rate_add(&count->marked, question->observation->time_ns, WINDOW_NS, 1);
	uint64_t mails = rate_count(&count->marked);
	if (mails < MAILS_MAX)
		return false;
	ret_firing->severity = ALERT_SEVERITY_HIGH;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence), "%" PRIu64 " MAIL in 60 s", mails);
	return true;
}
