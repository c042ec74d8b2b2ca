// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rules.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "rules/lookup_counts.h"
#include "rules/refusals.h"
#include "rules/rule.h"
#include "rules/silence.h"
#include "rules/submission_counts.h"

#include <errno.h>

#define WINDOW_NS (600 * NANOSECONDS_A_SECOND)
#define BLOCKED_WINDOW_NS (86400 * NANOSECONDS_A_SECOND)
#define THROTTLED_WINDOW_NS (3600 * NANOSECONDS_A_SECOND)

/* What a rule is asked about. */
enum rule_subject {
	RULE_OF_CHANGES, /* whatever an observation changed, of any actor */
	RULE_OF_ACTS,    /* an attempt or a submission, each once, of a process that is no MTA */
};

static const struct {
	const char *name;
	enum rule_subject subject;
	rule_judge judge;
} table[] = {
	{"direct-to-mx", RULE_OF_CHANGES, direct_to_mx_judge},
	{"submission-rate", RULE_OF_ACTS, submission_rate_judge},
	{"masquerade", RULE_OF_ACTS, masquerade_judge},
	{"hidden-executable", RULE_OF_ACTS, hidden_executable_judge},
	{"orphan-web", RULE_OF_ACTS, orphan_web_judge},
	{"upload-script", RULE_OF_ACTS, upload_script_judge},
	{"mx-lookups", RULE_OF_CHANGES, mx_lookups_judge},
	{"blocked", RULE_OF_CHANGES, blocked_judge},
	{"throttled", RULE_OF_CHANGES, throttled_judge},
	{"went-silent", RULE_OF_CHANGES, went_silent_judge},
};

struct rules {
	struct rules_options options;
	struct alerts *alerts;
	struct submission_counts *submissions;
	struct lookup_counts *lookups;
	struct refusals *blocked;
	struct refusals *throttled;
	struct silence *silence;
};

struct rules *rules_new(const struct rules_options *options, alert_writer write, void *context)
{
	_cleanup_(cleanup_rules_free) struct rules *rules = calloc(1, sizeof(*rules));
	if (!rules)
		return NULL;
	rules->options = *options;
	rules->alerts = alerts_new(options->cooldown_ns, write, context);
	rules->submissions = submission_counts_new();
	rules->lookups = lookup_counts_new();
	rules->blocked = refusals_new(BLOCKED_WINDOW_NS);
	rules->throttled = refusals_new(THROTTLED_WINDOW_NS);
	rules->silence = silence_new();
	if (!rules->alerts || !rules->submissions || !rules->lookups || !rules->blocked || !rules->throttled || !rules->silence)
		return NULL;
	return TAKE_PTR(rules);
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	alerts_free(rules->alerts);
	submission_counts_free(rules->submissions);
	lookup_counts_free(rules->lookups);
	refusals_free(rules->blocked);
	refusals_free(rules->throttled);
	silence_free(rules->silence);
	free(rules);
}

void rules_set_options(struct rules *rules, const struct rules_options *options)
{
	rules->options = *options;
	alerts_set_cooldown(rules->alerts, options->cooldown_ns);
}

/* Kernel threads have neither executable nor script of their own to be judged by. */
static bool is_act(const struct model_change *change)
{
	return (change->flow_began || change->submitted) && change->actor->role != ACTOR_ROLE_MTA &&
	       !(change->actor->identity.flags & SW_IDENTITY_KERNEL_THREAD);
}

int rules_judge(struct rules *rules, const struct observation *observation, const struct model_change *change)
{
	const struct rule_question question = {
		.observation = observation,
		.change = change,
		.actor = change->actor,
		.options = &rules->options,
		.submissions = rules->submissions,
		.lookups = rules->lookups,
		.blocked = rules->blocked,
		.throttled = rules->throttled,
		.silence = rules->silence,
	};
	int result = 0;

	if (!change->actor)
		return 0;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
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
		if (table[i].subject == RULE_OF_ACTS && !is_act(change))
			continue;
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
	return submission_counts_forgotten(rules->submissions) + lookup_counts_forgotten(rules->lookups);
}
