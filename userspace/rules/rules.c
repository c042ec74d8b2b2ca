// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rules.h"

#include "lib/clock.h"
#include "model/scope.h"
#include "rules/alerts_keep.h"
#include "rules/counters_keep.h"
#include "rules/engine.h"
#include "rules/rule.h"
#include "signals/refusals.h"
#include "signals/silence.h"
#include "signals/submissions.h"

#include <errno.h>

#define BLOCKED_WINDOW_NS (86400 * NANOSECONDS_A_SECOND)
#define THROTTLED_WINDOW_NS (3600 * NANOSECONDS_A_SECOND)

struct rules {
	struct rules_options options;
	struct rule_set *set;
	struct allowances *allowances;
	struct engine *engine;
	struct counters *counters;
	struct alerts *alerts;
	struct rule_states states;
	uint64_t clock_ns; /* what the clock of counters and alerts is ahead of that of the observations, modulo 2^64 */
	struct rule_question question; /* the latest one: large, and made anew each time */
};

static bool make_states(struct rule_states *states)
{
	states->submissions = submissions_new();
	states->blocked = refusals_new(BLOCKED_WINDOW_NS);
	states->throttled = refusals_new(THROTTLED_WINDOW_NS);
	states->silence = silence_new();
	states->internal = scopes_new();
	return states->submissions && states->blocked && states->throttled && states->silence && states->internal;
}

struct rules *rules_new(const struct rules_options *options, struct rule_set *set, alert_writer write, void *context)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *own = set;
	_cleanup_(cleanup_rules_free) struct rules *rules = calloc(1, sizeof(*rules));
	struct ini_error unused;

	if (!rules)
		return NULL;
	rules->options = *options;
	rules->counters = counters_new(options->max_keys ? options->max_keys : RULES_KEYS);
	rules->alerts = alerts_new(options->cooldown_ns, write, context);
	if (!rules->counters || !rules->alerts || !make_states(&rules->states))
		return NULL;
	if (!own && rule_set_load(NULL, NULL, &own, &unused) != 0)
		return NULL;
	if (rules_set_set(rules, TAKE_PTR(own)) != 0)
		return NULL;
	return TAKE_PTR(rules);
}

void rules_free(struct rules *rules)
{
	if (!rules)
		return;
	alerts_free(rules->alerts);
	engine_free(rules->engine);
	allowances_free(rules->allowances);
	rule_set_free(rules->set);
	counters_free(rules->counters);
	submissions_free(rules->states.submissions);
	refusals_free(rules->states.blocked);
	refusals_free(rules->states.throttled);
	silence_free(rules->states.silence);
	scopes_free(rules->states.internal);
	free(rules);
}

void rules_set_options(struct rules *rules, const struct rules_options *options)
{
	rules->options = *options;
	alerts_set_cooldown(rules->alerts, options->cooldown_ns);
}

int rules_set_set(struct rules *rules, struct rule_set *new_set)
{
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = new_set;
	_cleanup_(cleanup_allowances_free) struct allowances *allowances = allowances_new(set);
	_cleanup_(cleanup_engine_free) struct engine *engine = allowances ? engine_new(set, allowances) : NULL;

	if (!engine)
		return -ENOMEM;
	if (rules->allowances)
		allowances_take_over(allowances, rules->allowances);
	/* While the old ones are still there: whatever looks at them last may do so. */
	alerts_set_combinations(rules->alerts, set->combinations, set->combination_count);
	engine_free(rules->engine);
	allowances_free(rules->allowances);
	rule_set_free(rules->set);
	rules->engine = TAKE_PTR(engine);
	rules->allowances = TAKE_PTR(allowances);
	rules->set = TAKE_PTR(set);
	return 0;
}

static int take_firing(void *context, const struct firing *firing)
{
	struct rules *rules = context;

	if (!firing->is_score && firing->severity >= ALERT_SEVERITY_WARNING)
		rules->question.judgement.fired = true;
	return alerts_fire(rules->alerts, firing);
}

int rules_judge(struct rules *rules, const struct observation *observation, const struct model_change *change)
{
	const struct sighting sighting = {
		.observation = observation,
		.change = change,
		.actor = change->actor,
		.host_name = rules->options.host_name,
		.internal = rules->states.internal,
		.orphan_age_ns = rules->options.orphan_age_ns,
	};

	if (!change->actor) {
		rules->question.judgement = (struct judgement){0};
		return 0;
	}
	question_begin(&rules->question, &sighting, &rules->states);
	rules->question.time_ns += rules->clock_ns;
	int error = engine_ask(rules->engine, rules->counters, &rules->question, take_firing, rules);
	if (change->flow && change->flow_ended)
		alerts_take_dialogue(rules->alerts, change->flow, rules->question.time_ns, observation->wall_ns);
	return error;
}

struct judgement rules_judgement(const struct rules *rules)
{
	return rules->question.judgement;
}

void rules_tick(struct rules *rules, uint64_t time_ns, uint64_t wall_ns)
{
	alerts_tick(rules->alerts, time_ns + rules->clock_ns);
	allowances_tick(rules->allowances, rules->options.unused_after_ns, wall_ns);
}

void rules_finish(struct rules *rules)
{
	alerts_finish(rules->alerts);
}

void rules_pause(struct rules *rules)
{
	alerts_pause(rules->alerts);
}

uint64_t rules_clock(const struct rules *rules)
{
	return rules->clock_ns;
}

void rules_set_clock(struct rules *rules, uint64_t ahead_ns)
{
	rules->clock_ns = ahead_ns;
}

void rules_keep(const struct rules *rules, FILE *stream, uint64_t time_ns)
{
	alerts_keep(rules->alerts, stream);
	counters_keep(rules->counters, stream, time_ns + rules->clock_ns);
}

int rules_restore(struct rules *rules, struct keep_line *line, uint64_t time_ns)
{
	const uint64_t now_ns = time_ns + rules->clock_ns;

	if (keep_is(line, COUNTER_KEEP_KIND))
		return counters_restore(rules->counters, line, now_ns);
	return alerts_restore(rules->alerts, line, now_ns);
}

void rules_end_restore(struct rules *rules)
{
	alerts_end_restore(rules->alerts);
}

uint64_t rules_alert_lines(const struct rules *rules)
{
	return alerts_written(rules->alerts);
}

struct counters_totals rules_totals(const struct rules *rules)
{
	return counters_totals(rules->counters);
}

const struct rule_set *rules_rule_set(const struct rules *rules)
{
	return rules->set;
}

struct allowances *rules_allowances(struct rules *rules)
{
	return rules->allowances;
}
