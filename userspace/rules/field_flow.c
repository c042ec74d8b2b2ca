// SPDX-License-Identifier: GPL-2.0-only
/* Where to, and what came of it: fields of a flow. */
#include "rules/field_readers.h"
#include "signals/domain.h"
#include "signals/silence.h"

#include "lib/clock.h"

static const struct flow *flow_of(const struct rule_question *question)
{
	return question->sighting.change->flow;
}

bool field_destination(struct rule_question *question, union field_value *ret_value)
{
	const struct endpoint *remote = question_remote(question);

	if (remote)
		ret_value->address = &remote->address;
	return remote;
}

bool field_port(struct rule_question *question, union field_value *ret_value)
{
	const struct endpoint *remote = question_remote(question);

	return remote && field_give_number(remote->port, ret_value);
}

bool field_network(struct rule_question *question, union field_value *ret_value)
{
	const struct endpoint *remote = question_remote(question);

	return remote && field_give_network(question, &remote->address, ret_value);
}

bool field_domain(struct rule_question *question, union field_value *ret_value)
{
	const struct flow *flow = flow_of(question);

	return flow && field_give_name(question, flow->domain, ret_value);
}

bool field_mx_domain(struct rule_question *question, union field_value *ret_value)
{
	const struct flow *flow = flow_of(question);

	return flow && field_give_name(question, flow->mx_domain, ret_value);
}

/* Whose server it is: hosts of one provider are one. */
bool field_submission_host(struct rule_question *question, union field_value *ret_value)
{
	union field_value name;

	if (!field_read(question, FIELD_DOMAIN, &name))
		return field_network(question, ret_value);
	return field_give_text(domain_registrable(name.text), ret_value);
}

bool field_scope(struct rule_question *question, union field_value *ret_value)
{
	const struct flow *flow = flow_of(question);

	return flow && field_give_number(flow->scope, ret_value);
}

/* Who tells of SMTP on another port tells only of that to the world. */
bool field_external(struct rule_question *question, union field_value *ret_value)
{
	const struct flow *flow = flow_of(question);

	if (!flow)
		return (question->events & EVENT_BIT(EVENT_OFF_PORT)) && field_give_number(true, ret_value);
	return field_give_number(flow->scope == SW_SCOPE_EXTERNAL, ret_value);
}

bool field_direct(struct rule_question *question, union field_value *ret_value)
{
	return field_give_number(question->sighting.change->direct_added > 0, ret_value);
}

static bool has_ended(const struct rule_question *question)
{
	return flow_of(question) && question->sighting.change->flow_ended;
}

bool field_outcome(struct rule_question *question, union field_value *ret_value)
{
	return has_ended(question) && field_give_number(flow_of(question)->outcome, ret_value);
}

bool field_duration(struct rule_question *question, union field_value *ret_value)
{
	return has_ended(question) &&
	       field_give_number(flow_of(question)->duration_ns / NANOSECONDS_A_SECOND, ret_value);
}

bool field_bytes_sent(struct rule_question *question, union field_value *ret_value)
{
	return has_ended(question) && field_give_number(flow_of(question)->bytes_sent, ret_value);
}

bool field_silence(struct rule_question *question, union field_value *ret_value)
{
	return silence_has(question->states->silence, &question->sighting) &&
	       field_give_number(silence_number(question->states->silence), ret_value);
}

bool field_silence_finding(struct rule_question *question, union field_value *ret_value)
{
	char *text = question_scratch(question, SIGNAL_TEXT_SIZE);

	if (!text)
		return false;
	silence_describe(question->states->silence, question->sighting.observation->wall_ns, text);
	return field_give_text(text, ret_value);
}

bool field_mx_query(struct rule_question *question, union field_value *ret_value)
{
	const struct name_event *name = question->sighting.observation->name;

	return name && field_give_name(question, name->owner, ret_value);
}
