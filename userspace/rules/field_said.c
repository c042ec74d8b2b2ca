// SPDX-License-Identifier: GPL-2.0-only
/* What was said: fields of a dialogue, of its latest event where that tells of it, else of all of it so far. */
#include "rules/field_readers.h"
#include "signals/descriptions.h"
#include "signals/receiver.h"
#include "signals/refusals.h"

static const struct dialogue_event *event_of(const struct rule_question *question, enum rule_event event)
{
	return question->events & EVENT_BIT(event) ? question->sighting.observation->dialogue : NULL;
}

static const struct dialogue *dialogue_of(const struct rule_question *question)
{
	const struct flow *flow = question->sighting.change->flow;

	return flow ? flow->dialogue : NULL;
}

bool field_tls(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue *dialogue = dialogue_of(question);

	return dialogue && field_give_number(dialogue->tls, ret_value);
}

/* Empty where the client greeted without a name: that is known. */
bool field_helo(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_HELO);
	const struct dialogue *dialogue = dialogue_of(question);

	if (!event)
		event = event_of(question, EVENT_OFF_PORT);
	const char *name = event ? event->name : dialogue ? dialogue->helo : NULL;
	if (!field_give_name(question, name, ret_value))
		ret_value->text = "";
	return name;
}

bool field_greeting(struct rule_question *question, union field_value *ret_value)
{
	char *text = question_scratch(question, SIGNAL_TEXT_SIZE);

	return text && describe_greeting(&question->sighting, text) && field_give_text(text, ret_value);
}

bool field_helo_fault(struct rule_question *question, union field_value *ret_value)
{
	union field_value name;

	return field_read(question, FIELD_HELO, &name) &&
	       field_give_text(helo_fault(question->states->internal, name.text), ret_value);
}

bool field_helo_dynamic(struct rule_question *question, union field_value *ret_value)
{
	union field_value name;

	return field_read(question, FIELD_HELO, &name) &&
	       field_give_text(helo_dynamic(&question->sighting, name.text), ret_value);
}

bool field_helo_impossible(struct rule_question *question, union field_value *ret_value)
{
	union field_value name;

	return field_read(question, FIELD_HELO, &name) &&
	       field_give_text(helo_impossible(&question->sighting, name.text), ret_value);
}

bool field_helo_foreign(struct rule_question *question, union field_value *ret_value)
{
	union field_value name;

	return field_read(question, FIELD_HELO, &name) &&
	       field_give_number(helo_is_foreign(&question->sighting, name.text), ret_value);
}

bool field_mail_domain(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_MAIL);
	const struct dialogue *dialogue = dialogue_of(question);

	return field_give_name(question, event ? event->name : dialogue ? dialogue->mail_domain : NULL, ret_value);
}

bool field_rcpt_domain(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_RCPT);
	const struct dialogue *dialogue = dialogue_of(question);

	return field_give_name(question, event ? event->name : dialogue ? dialogue->rcpt_domain : NULL, ret_value);
}

bool field_rcpt_count(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue *dialogue = dialogue_of(question);

	return dialogue && field_give_number(dialogue->rcpt_count, ret_value);
}

bool field_accepted(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue *dialogue = dialogue_of(question);

	return dialogue && field_give_number(dialogue->accepted, ret_value);
}

bool field_refused(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue *dialogue = dialogue_of(question);

	return dialogue && field_give_number(dialogue->refused, ret_value);
}

bool field_probe(struct rule_question *question, union field_value *ret_value)
{
	const struct flow *flow = question->sighting.change->flow;

	return flow && field_give_number(session_is_probe(flow), ret_value);
}

bool field_quit(struct rule_question *question, union field_value *ret_value)
{
	const struct flow *flow = question->sighting.change->flow;
	bool quit;

	return flow && session_tells_quit(flow, &quit) && field_give_number(quit, ret_value);
}

static const char *const misfits[DIALOGUE_MISFIT_COUNT] = {
	[DIALOGUE_MISFIT_NONE] = "no SMTP",
	[DIALOGUE_MISFIT_CLIENT_FIRST] = "the client spoke before the server",
	[DIALOGUE_MISFIT_NO_REPLY_CODE] = "the server began without a reply code",
};

bool field_misfit(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_NOT_SMTP);

	return event && field_give_text(misfits[event->misfit], ret_value);
}

bool field_reply_code(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_REPLY);

	return event && field_give_number(event->code, ret_value);
}

bool field_reply_class(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_REPLY);

	return event && field_give_number(event->class, ret_value);
}

bool field_reply_stage(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_REPLY);

	return event && field_give_number(event->stage, ret_value);
}

bool field_receiver(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_REPLY);
	const struct flow *flow = question->sighting.change->flow;
	char *name = event && flow ? question_scratch(question, RECEIVER_NAME_SIZE) : NULL;

	if (!name)
		return false;
	receiver_find_name(event, flow, name);
	return field_give_text(name, ret_value);
}

static bool describe(struct rule_question *question, const struct refusals *refusals,
		     void (*put_in_words)(const struct refusals *, uint64_t, char *), union field_value *ret_value)
{
	char *text = question_scratch(question, SIGNAL_TEXT_SIZE);

	if (!text)
		return false;
	put_in_words(refusals, question->sighting.observation->wall_ns, text);
	return field_give_text(text, ret_value);
}

bool field_blocked_finding(struct rule_question *question, union field_value *ret_value)
{
	return describe(question, question->states->blocked, refusals_describe, ret_value);
}

bool field_throttled_finding(struct rule_question *question, union field_value *ret_value)
{
	return describe(question, question->states->throttled, refusals_describe_delays, ret_value);
}

bool field_unknown_recipient(struct rule_question *question, union field_value *ret_value)
{
	const struct dialogue_event *event = event_of(question, EVENT_REPLY);

	return event && field_give_number(reply_is_unknown_recipient(event), ret_value);
}
