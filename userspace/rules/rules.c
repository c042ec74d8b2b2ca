// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rules.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "model/scope.h"
#include "rules/actor_counts.h"
#include "rules/refusals.h"
#include "rules/rule.h"
#include "rules/silence.h"
#include "rules/submission_counts.h"

#include <assert.h>
#include <errno.h>

#define WINDOW_NS (600 * NANOSECONDS_A_SECOND)
#define BLOCKED_WINDOW_NS (86400 * NANOSECONDS_A_SECOND)
#define THROTTLED_WINDOW_NS (3600 * NANOSECONDS_A_SECOND)

/* What a rule is asked about, as bits: those of the kinds of a dialogue's events, and behind them the others. */
#define RULE_OF_EVENT(kind) (1U << (kind))
enum rule_subject {
	RULE_OF_CHANGES = 1U << DIALOGUE_EVENT_COUNT,          /* whatever came of anything but a dialogue */
	RULE_OF_ACTS = 1U << (DIALOGUE_EVENT_COUNT + 1),       /* an attempt or a submission, each once, of a process
								* that is no MTA */
	RULE_OF_BEGINNINGS = 1U << (DIALOGUE_EVENT_COUNT + 2), /* a flow, whoever's, however it is known */
	RULE_OF_ENDS = 1U << (DIALOGUE_EVENT_COUNT + 3),       /* the same */
};
static_assert(DIALOGUE_EVENT_COUNT + 3 < 31, "each subject is a bit of an enum");

static const struct {
	const char *name;
	uint32_t subjects;
	rule_judge judge;
} table[] = {
	{"direct-to-mx", RULE_OF_CHANGES, direct_to_mx_judge},
	{"submission-rate", RULE_OF_ACTS, submission_rate_judge},
	{"masquerade", RULE_OF_ACTS, masquerade_judge},
	{"hidden-executable", RULE_OF_ACTS, hidden_executable_judge},
	{"orphan-web", RULE_OF_ACTS, orphan_web_judge},
	{"upload-script", RULE_OF_ACTS, upload_script_judge},
	{"mx-lookups", RULE_OF_CHANGES, mx_lookups_judge},
	{"blocked", RULE_OF_EVENT(DIALOGUE_REPLY), blocked_judge},
	{"throttled", RULE_OF_EVENT(DIALOGUE_REPLY), throttled_judge},
	{"went-silent", RULE_OF_CHANGES | RULE_OF_EVENT(DIALOGUE_ANSWERED) | RULE_OF_ENDS, went_silent_judge},
	{"impossible-helo", RULE_OF_EVENT(DIALOGUE_HELO) | RULE_OF_EVENT(DIALOGUE_RCPT), impossible_helo_judge},
	{"helo-churn", RULE_OF_EVENT(DIALOGUE_HELO), helo_churn_judge},
	{"bad-helo", RULE_OF_EVENT(DIALOGUE_HELO), bad_helo_judge},
	{"dynamic-helo", RULE_OF_EVENT(DIALOGUE_HELO), dynamic_helo_judge},
	{"envelope-rate", RULE_OF_EVENT(DIALOGUE_MAIL), envelope_rate_judge},
	{"unknown-recipients", RULE_OF_EVENT(DIALOGUE_RCPT) | RULE_OF_EVENT(DIALOGUE_REPLY), unknown_recipients_judge},
	{"probe-only", RULE_OF_ENDS, probe_only_judge},
	{"not-smtp", RULE_OF_EVENT(DIALOGUE_NOT_SMTP), not_smtp_judge},
	{"no-quit", RULE_OF_ENDS, no_quit_judge},
	{"off-port-smtp", RULE_OF_EVENT(DIALOGUE_OFF_PORT), off_port_smtp_judge},
	{"forwarded", RULE_OF_BEGINNINGS, forwarded_judge},
	{"no-socket", RULE_OF_BEGINNINGS, no_socket_judge},
};

struct rules {
	struct rules_options options;
	struct alerts *alerts;
	struct rule_states states;
};

struct rules *rules_new(const struct rules_options *options, alert_writer write, void *context)
{
	_cleanup_(cleanup_rules_free) struct rules *rules = calloc(1, sizeof(*rules));
	if (!rules)
		return NULL;
	rules->options = *options;
	rules->alerts = alerts_new(options->cooldown_ns, write, context);
	rules->states.submissions = submission_counts_new();
	rules->states.blocked = refusals_new(BLOCKED_WINDOW_NS);
	rules->states.throttled = refusals_new(THROTTLED_WINDOW_NS);
	rules->states.silence = silence_new();
	rules->states.counts = actor_counts_new();
	rules->states.internal = scopes_new();
	if (!rules->alerts || !rules->states.submissions || !rules->states.blocked || !rules->states.throttled ||
	    !rules->states.silence || !rules->states.counts || !rules->states.internal)
		return NULL;
	return TAKE_PTR(rules);
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	alerts_free(rules->alerts);
	submission_counts_free(rules->states.submissions);
	refusals_free(rules->states.blocked);
	refusals_free(rules->states.throttled);
	silence_free(rules->states.silence);
	actor_counts_free(rules->states.counts);
	scopes_free(rules->states.internal);
	free(rules);
}

void rules_set_options(struct rules *rules, const struct rules_options *options)
{
	rules->options = *options;
	alerts_set_cooldown(rules->alerts, options->cooldown_ns);
}

/* Kernel threads have neither executable nor script of their own to be judged by, and what is no process of this host
 * has none that is known. */
static bool is_act(const struct model_change *change)
{
	const struct actor *actor = change->actor;

	return (change->flow_began || change->submitted) && actor->role != ACTOR_ROLE_MTA &&
	       actor->origin == ACTOR_ORIGIN_PROCESS && !(actor->identity.flags & SW_IDENTITY_KERNEL_THREAD);
}

static uint32_t subjects_of(const struct observation *observation, const struct model_change *change)
{
	uint32_t subjects = observation->dialogue ? RULE_OF_EVENT(observation->dialogue->kind) : RULE_OF_CHANGES;

	if (is_act(change))
		subjects |= RULE_OF_ACTS;
	if (change->flow_began)
		subjects |= RULE_OF_BEGINNINGS;
	if (change->flow_ended)
		subjects |= RULE_OF_ENDS;
	return subjects;
}

int rules_judge(struct rules *rules, const struct observation *observation, const struct model_change *change)
{
	const struct rule_question question = {
		.observation = observation,
		.change = change,
		.actor = change->actor,
		.options = &rules->options,
		.states = &rules->states,
	};
	int result = 0;

	if (!change->actor)
		return 0;
	uint32_t subjects = subjects_of(observation, change);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (!(table[i].subjects & subjects))
			continue;
		struct firing firing = {
			.rule = table[i].name,
			.actor = change->actor,
			.remote = change->flow ? &change->flow->remote : NULL,
			.flow = change->flow,
			.count = 1,
			.time_ns = observation->time_ns,
			.wall_ns = observation->wall_ns,
			.window_ns = WINDOW_NS,
		};
		if (table[i].judge(&question, &firing) && alerts_fire(rules->alerts, &firing) != 0)
			result = -ENOMEM;
	}
	if (change->flow && change->flow_ended)
		alerts_take_dialogue(rules->alerts, change->flow, observation->time_ns, observation->wall_ns);
	return result;
}

void rules_tick(struct rules *rules, uint64_t time_ns)
{
	alerts_tick(rules->alerts, time_ns);
}

void rules_finish(struct rules *rules)
{
	alerts_finish(rules->alerts);
}

uint64_t rules_alert_lines(const struct rules *rules)
{
	return alerts_written(rules->alerts);
}

uint64_t rules_counters_forgotten(const struct rules *rules)
{
	return submission_counts_forgotten(rules->states.submissions) + actor_counts_forgotten(rules->states.counts);
}
