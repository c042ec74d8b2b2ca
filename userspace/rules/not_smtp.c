// SPDX-License-Identifier: GPL-2.0-only
/*
 * not-smtp: something else is spoken to port 25 of the world.
 *
 * Where port 25 is open it is a way out for anything; Mumblehard's command channel used it. An SMTP server speaks
 * first, and with a reply code (RFC 5321 3.1, 4.2).
 */
#include "rules/delivery.h"

#include <stdio.h>

static const char *const misfits[DIALOGUE_MISFIT_COUNT] = {
	[DIALOGUE_MISFIT_NONE] = "no SMTP",
	[DIALOGUE_MISFIT_CLIENT_FIRST] = "the client spoke before the server",
	[DIALOGUE_MISFIT_NO_REPLY_CODE] = "the server began without a reply code",
};

bool not_smtp_judge(const struct rule_question *question, struct firing *ret_firing)
{
	if (!delivery_is_direct(question))
		return false;
	ret_firing->severity = ALERT_SEVERITY_HIGH;
	snprintf(ret_firing->evidence, sizeof(ret_firing->evidence), "%s on port %d",
		 misfits[question->observation->dialogue->misfit], FLOW_DIRECT_PORT);
	return true;
}
