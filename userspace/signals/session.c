// SPDX-License-Identifier: GPL-2.0-only
/* How a session in clear went on and ended. What was said under TLS is not known, and says nothing here. */
#include "signals/signals.h"

#define SERVICE_CLOSES 421

static bool is_heard(const struct dialogue *dialogue)
{
	return dialogue && !dialogue->from_middle && !dialogue->lost && dialogue->tls == DIALOGUE_TLS_NONE;
}

static bool has_tried_data(const struct dialogue *dialogue)
{
	const struct dialogue_reply *reply = &dialogue->reply;

	return dialogue->accepted > 0 || dialogue->message_bytes > 0 ||
	       (reply->code != 0 && (reply->stage == DIALOGUE_STAGE_DATA || reply->stage == DIALOGUE_STAGE_MESSAGE));
}

/* Where every recipient was refused or put off (greylisting), there was nothing that could have been sent. */
bool session_is_probe(const struct flow *flow)
{
	const struct dialogue *dialogue = flow->dialogue;

	return is_heard(dialogue) && dialogue->rcpt_count > dialogue->refusals && !has_tried_data(dialogue) &&
	       (dialogue->quit || flow->outcome == SW_OUTCOME_CLOSED);
}

/* Left out are sessions without QUIT such that the server may have ended: by RST, or after it said 421
 * (RFC 5321 3.8). */
bool session_tells_quit(const struct flow *flow, bool *ret_quit)
{
	const struct dialogue *dialogue = flow->dialogue;

	if (!is_heard(dialogue) || dialogue->helo_count == 0)
		return false;
	if (!dialogue->quit && (flow->outcome != SW_OUTCOME_CLOSED || dialogue->reply.code == SERVICE_CLOSES))
		return false;
	*ret_quit = dialogue->quit;
	return true;
}
