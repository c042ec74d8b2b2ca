// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/tell.h"

static void tell_flow(struct sinks *sinks, const struct model_change *change, enum flow_moment moment)
{
	const struct flow_event event = {.moment = moment, .flow = change->flow, .actor = change->actor};
	sinks_write_flow(sinks, &event);
}

static void tell_submission(struct sinks *sinks, const struct observation *observation,
			    const struct model_change *change)
{
	const struct submission_event event = {.actor = change->actor, .wall_ns = observation->wall_ns};
	sinks_write_submission(sinks, &event);
}

static void tell_reply(struct sinks *sinks, const struct observation *observation, const struct model_change *change)
{
	const struct reply_event event = {
		.flow = change->flow,
		.actor = change->actor,
		.reply = observation->dialogue,
	};
	sinks_write_reply(sinks, &event);
}

void tell(struct sinks *sinks, const struct observation *observation, const struct model_change *change)
{
	if (change->flow_began)
		tell_flow(sinks, change, FLOW_ATTEMPTED);
	if (change->flow_ended)
		tell_flow(sinks, change, FLOW_ENDED);
	if (observation->kind == OBSERVATION_SUBMISSION)
		tell_submission(sinks, observation, change);
	if (observation->kind == OBSERVATION_DIALOGUE && observation->dialogue &&
	    observation->dialogue->kind == DIALOGUE_REPLY && change->flow)
		tell_reply(sinks, observation, change);
}
