// SPDX-License-Identifier: GPL-2.0-only
/* What happens: which events of the rule language an observation is. */
#include "rules/rule.h"
#include "signals/refusals.h"
#include "signals/silence.h"
#include "signals/submissions.h"

#include <string.h>

#define SAID(kind, event) [kind] = EVENT_BIT(event)

static const uint32_t said[DIALOGUE_EVENT_COUNT] = {
	SAID(DIALOGUE_BANNER, EVENT_BANNER),     SAID(DIALOGUE_HELO, EVENT_HELO),
	SAID(DIALOGUE_AUTH, EVENT_AUTH),         SAID(DIALOGUE_TLS, EVENT_TLS),
	SAID(DIALOGUE_MAIL, EVENT_MAIL),         SAID(DIALOGUE_RCPT, EVENT_RCPT),
	SAID(DIALOGUE_REPLY, EVENT_REPLY),       SAID(DIALOGUE_MESSAGE, EVENT_MESSAGE),
	SAID(DIALOGUE_QUIT, EVENT_QUIT),         SAID(DIALOGUE_NOT_SMTP, EVENT_NOT_SMTP),
	SAID(DIALOGUE_OFF_PORT, EVENT_OFF_PORT),
};

static uint32_t events_of(const struct sighting *sighting, struct submissions *submissions)
{
	const struct observation *observation = sighting->observation;
	const struct model_change *change = sighting->change;
	uint32_t events = observation->dialogue ? said[observation->dialogue->kind] : 0;

	if (change->flow_began)
		events |= EVENT_BIT(EVENT_ATTEMPT);
	else if (change->direct_added)
		events |= EVENT_BIT(EVENT_UNTOLD);
	if (change->flow_established)
		events |= EVENT_BIT(EVENT_ESTABLISHED);
	if (change->flow_ended)
		events |= EVENT_BIT(EVENT_END);
	if (submissions_take(submissions, sighting))
		events |= EVENT_BIT(EVENT_SUBMISSION);
	if (observation->kind == OBSERVATION_NAME && observation->name->kind == NAME_MX_QUERY)
		events |= EVENT_BIT(EVENT_MX_LOOKUP);
	return events;
}

/* A receiver is who has the mail in the end: a smarthost's refusal is about this host too. */
static void take_refusal(const struct rule_question *question)
{
	const struct flow *flow = question->sighting.change->flow;
	enum reply_class class = question->sighting.observation->dialogue->class;

	if (!flow || (flow->scope != SW_SCOPE_EXTERNAL && flow->scope != SW_SCOPE_SMARTHOST))
		return;
	if (class == REPLY_CLASS_BLOCK || class == REPLY_CLASS_DNSBL)
		refusals_add(question->states->blocked, &question->sighting);
	if (class == REPLY_CLASS_TEMP)
		refusals_add(question->states->throttled, &question->sighting);
}

void question_begin(struct rule_question *question, const struct sighting *sighting, const struct rule_states *states)
{
	question->sighting = *sighting;
	question->states = states;
	question->time_ns = sighting->observation->time_ns;
	question->events = events_of(sighting, states->submissions);
	question->weight = sighting->change->direct_added > 1 ? sighting->change->direct_added : 1;
	memset(question->field_states, 0, sizeof(question->field_states));
	question->scratch_used = 0;
	question->judgement = (struct judgement){0};
	if (question->events & EVENT_BIT(EVENT_REPLY))
		take_refusal(question);
	if (question->events & (EVENT_BIT(EVENT_ESTABLISHED) | EVENT_BIT(EVENT_END)))
		silence_take(states->silence, sighting);
}

const struct endpoint *question_remote(const struct rule_question *question)
{
	const struct flow *flow = question->sighting.change->flow;

	if (flow)
		return &flow->remote;
	return question->events & EVENT_BIT(EVENT_OFF_PORT) ? &question->sighting.observation->remote : NULL;
}

char *question_scratch(struct rule_question *question, size_t size)
{
	if (size > sizeof(question->scratch) - question->scratch_used)
		return NULL;
	char *room = question->scratch + question->scratch_used;
	question->scratch_used += size;
	return room;
}
