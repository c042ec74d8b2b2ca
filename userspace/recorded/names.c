// SPDX-License-Identifier: GPL-2.0-only
/* The words of a line: one list for each enum, by the names that the rest of the house has for it. */
#include "lib/array.h"
#include "recorded/fields.h"

#include <assert.h>
#include <smtpwatch/actor.h>
#include <smtpwatch/flow.h>

#define OF_KIND(kind)   \
	{               \
		kind, 0 \
	}
#define OF_DIALOGUE(event)                  \
	{                                   \
		OBSERVATION_DIALOGUE, event \
	}
#define OF_NAME(event)                  \
	{                               \
		OBSERVATION_NAME, event \
	}

/* event.action. */
static const struct {
	const char *name;
	struct {
		enum observation_kind kind;
		uint32_t event;
	} what;
} actions[] = {
	{"attempt", OF_KIND(OBSERVATION_ATTEMPT)},
	{"established", OF_KIND(OBSERVATION_ESTABLISHED)},
	{"end", OF_KIND(OBSERVATION_END)},
	{"counters", OF_KIND(OBSERVATION_COUNTERS)},
	{"gone", OF_KIND(OBSERVATION_ACTOR_GONE)},
	{"submission", OF_KIND(OBSERVATION_SUBMISSION)},
	{"opened", OF_DIALOGUE(DIALOGUE_OPENED)},
	{"alias", OF_DIALOGUE(DIALOGUE_ALIAS)},
	{"answered", OF_DIALOGUE(DIALOGUE_ANSWERED)},
	{"banner", OF_DIALOGUE(DIALOGUE_BANNER)},
	{"helo", OF_DIALOGUE(DIALOGUE_HELO)},
	{"extensions", OF_DIALOGUE(DIALOGUE_EXTENSIONS)},
	{"auth", OF_DIALOGUE(DIALOGUE_AUTH)},
	{"tls", OF_DIALOGUE(DIALOGUE_TLS)},
	{"mail", OF_DIALOGUE(DIALOGUE_MAIL)},
	{"rcpt", OF_DIALOGUE(DIALOGUE_RCPT)},
	{"reply", OF_DIALOGUE(DIALOGUE_REPLY)},
	{"message", OF_DIALOGUE(DIALOGUE_MESSAGE)},
	{"quit", OF_DIALOGUE(DIALOGUE_QUIT)},
	{"not-smtp", OF_DIALOGUE(DIALOGUE_NOT_SMTP)},
	{"lost", OF_DIALOGUE(DIALOGUE_LOST)},
	{"hung-up", OF_DIALOGUE(DIALOGUE_ENDED)},
	{"off-port", OF_DIALOGUE(DIALOGUE_OFF_PORT)},
	{"dns-address", OF_NAME(NAME_ADDRESS)},
	{"dns-alias", OF_NAME(NAME_ALIAS)},
	{"dns-mx", OF_NAME(NAME_MX)},
	{"mx-query", OF_NAME(NAME_MX_QUERY)},
};
static_assert(COUNT_OF(actions) == OBSERVATION_KIND_COUNT - 3 + DIALOGUE_EVENT_COUNT + NAME_EVENT_COUNT,
	      "all but programs have a name, and each event one of its own");

static const char *action_name(uint32_t action)
{
	return actions[action].name;
}

static const char *role_name(uint32_t role)
{
	return actor_role_name((enum actor_role)role);
}

static const char *origin_name(uint32_t origin)
{
	return actor_origin_name((enum actor_origin)origin);
}

static const char *source_name(uint32_t source)
{
	return script_source_name((enum script_source)source);
}

static const char *scope_name(uint32_t scope)
{
	/* The same as in sinks/ecs.c. */
	static const char *const names[] = {
		[SW_SCOPE_EXTERNAL] = "external",
		[SW_SCOPE_INTERNAL] = "internal",
		[SW_SCOPE_HOST] = "host",
		[SW_SCOPE_SMARTHOST] = "smarthost",
	};
	static_assert(COUNT_OF(names) == SW_SCOPE_COUNT, "a name for each scope");
	return names[scope];
}

static const char *outcome_name(uint32_t outcome)
{
	return flow_outcome_name((enum sw_outcome)outcome);
}

static const char *stage_name(uint32_t stage)
{
	return dialogue_stage_name((enum dialogue_stage)stage);
}

static const char *tls_name(uint32_t tls)
{
	return dialogue_tls_name((enum dialogue_tls)tls);
}

static const char *misfit_name(uint32_t misfit)
{
	return dialogue_misfit_name((enum dialogue_misfit)misfit);
}

static const char *ending_name(uint32_t ending)
{
	static const char *const names[] = {
		[DIALOGUE_ENDING_CLOSED] = "closed",   [DIALOGUE_ENDING_RESET] = "reset",
		[DIALOGUE_ENDING_REFUSED] = "refused", [DIALOGUE_ENDING_SILENT] = "silent",
		[DIALOGUE_ENDING_UNSEEN] = "unseen",
	};
	static_assert(COUNT_OF(names) == DIALOGUE_ENDING_COUNT, "a name for each ending");
	return names[ending];
}

static const char *class_name(uint32_t class)
{
	return reply_class_name((enum reply_class) class);
}

static const char *extension_name(uint32_t extension)
{
	return dialogue_extension_name((enum dialogue_extension)extension);
}

static const struct {
	size_t size;
	const char *(*name)(uint32_t value);
} lists[] = {
	[LIST_ACTION] = {COUNT_OF(actions), action_name},
	[LIST_ROLE] = {ACTOR_ROLE_COUNT, role_name},
	[LIST_ORIGIN] = {ACTOR_ORIGIN_COUNT, origin_name},
	[LIST_SCRIPT_SOURCE] = {SCRIPT_SOURCE_COUNT, source_name},
	[LIST_SCOPE] = {SW_SCOPE_COUNT, scope_name},
	[LIST_OUTCOME] = {SW_OUTCOME_COUNT, outcome_name},
	[LIST_STAGE] = {DIALOGUE_STAGE_COUNT, stage_name},
	[LIST_TLS] = {DIALOGUE_TLS_COUNT, tls_name},
	[LIST_MISFIT] = {DIALOGUE_MISFIT_COUNT, misfit_name},
	[LIST_ENDING] = {DIALOGUE_ENDING_COUNT, ending_name},
	[LIST_CLASS] = {REPLY_CLASS_COUNT, class_name},
	[LIST_EXTENSION] = {DIALOGUE_EXTENSION_COUNT, extension_name},
};
static_assert(COUNT_OF(lists) == LIST_COUNT, "each list is there");

size_t name_list_size(enum name_list list)
{
	return lists[list].size;
}

const char *name_list_name(enum name_list list, uint32_t value)
{
	return lists[list].name(value);
}

static uint32_t event_of(const struct observation *observation)
{
	if (observation->kind == OBSERVATION_DIALOGUE && observation->dialogue)
		return observation->dialogue->kind;
	return observation->kind == OBSERVATION_NAME && observation->name ? observation->name->kind : 0;
}

uint32_t recorded_action_of(const struct observation *observation)
{
	uint32_t event = event_of(observation);
	uint32_t action = 0;

	while (action < COUNT_OF(actions) &&
	       (actions[action].what.kind != observation->kind || actions[action].what.event != event))
		action++;
	return action;
}

enum observation_kind recorded_action_kind(uint32_t action)
{
	return actions[action].what.kind;
}

uint32_t recorded_action_event(uint32_t action)
{
	return actions[action].what.event;
}
