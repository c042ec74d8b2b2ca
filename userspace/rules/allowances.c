// SPDX-License-Identifier: GPL-2.0-only
#include "rules/allowances.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <string.h>

struct allowances {
	const struct allowance **enabled;
	bool *needs_host_path;      /* as many, in the same order */
	struct allowance_use *uses; /* as many, in the same order */
	size_t count;
};

/* One that negates, or takes any, asks for nothing in particular. */
static bool asks_for(const struct allowance *allowance, enum field_id field)
{
	for (size_t i = 0; i < allowance->condition_count; i++)
		if (allowance->conditions[i].field == field && !allowance->conditions[i].is_negated &&
		    !allowance->conditions[i].is_any)
			return true;
	return false;
}

static bool needs_host_path(const struct allowance *allowance)
{
	return asks_for(allowance, FIELD_EXECUTABLE) && !asks_for(allowance, FIELD_CONTAINER) &&
	       !asks_for(allowance, FIELD_IMAGE);
}

struct allowances *allowances_new(const struct rule_set *set)
{
	_cleanup_(cleanup_allowances_free) struct allowances *allowances = calloc(1, sizeof(*allowances));
	if (!allowances)
		return NULL;
	allowances->enabled = calloc(set->allowance_count + 1, sizeof(const struct allowance *));
	allowances->uses = calloc(set->allowance_count + 1, sizeof(*allowances->uses));
	allowances->needs_host_path = calloc(set->allowance_count + 1, sizeof(bool));
	if (!allowances->enabled || !allowances->uses || !allowances->needs_host_path)
		return NULL;
	for (size_t i = 0; i < set->allowance_count; i++) {
		if (!set->allowances[i].is_enabled)
			continue;
		allowances->enabled[allowances->count] = &set->allowances[i];
		allowances->needs_host_path[allowances->count] = needs_host_path(&set->allowances[i]);
		allowances->uses[allowances->count++].name = set->allowances[i].name;
	}
	return TAKE_PTR(allowances);
}

void allowances_free(struct allowances *allowances)
{
	if (!allowances)
		return;
	free(allowances->enabled);
	free(allowances->needs_host_path);
	free(allowances->uses);
	free(allowances);
}

static void take_use_over(const struct allowance *allowance, struct allowance_use *use, const struct allowance *old,
			  const struct allowance_use *old_use)
{
	*use = *old_use;
	use->is_expired_told = use->is_expired_told && allowance->until_wall_ns == old->until_wall_ns;
	use->is_unused_told = use->is_unused_told && allowance->unused_after_ns == old->unused_after_ns;
}

void allowances_take_over(struct allowances *allowances, const struct allowances *old)
{
	for (size_t i = 0; i < allowances->count; i++)
		for (size_t j = 0; j < old->count; j++)
			if (allowances->uses[i].name == old->uses[j].name) /* interned */
				take_use_over(allowances->enabled[i], &allowances->uses[i], old->enabled[j],
					      &old->uses[j]);
}

static bool is_for(const struct allowance *allowance, const struct rule *rule)
{
	if (allowance->rule_count == 0)
		return !rule_is_per(rule, FIELD_HOST);
	for (size_t i = 0; i < allowance->rule_count; i++)
		if (allowance->rules[i] == rule->name || allowance->rules[i] == rule->alert)
			return true;
	return false;
}

static bool has_expired(const struct allowance *allowance, uint64_t wall_ns)
{
	return allowance->until_wall_ns && wall_ns >= allowance->until_wall_ns;
}

static bool is_at_its_path(const struct allowances *allowances, size_t index, const struct actor *actor)
{
	return actor->has_host_path || !allowances->needs_host_path[index];
}

bool allowances_cover(struct allowances *allowances, struct rule_question *question, const struct rule *rule)
{
	uint64_t wall_ns = question->sighting.observation->wall_ns;

	for (size_t i = 0; i < allowances->count; i++) {
		const struct allowance *allowance = allowances->enabled[i];
		if (!is_for(allowance, rule) || has_expired(allowance, wall_ns) ||
		    !is_at_its_path(allowances, i, question->sighting.actor) ||
		    !conditions_hold(question, allowance->conditions, allowance->condition_count, false))
			continue;
		allowances->uses[i].used_wall_ns = wall_ns;
		allowances->uses[i].count++;
		allowances->uses[i].is_unused_told = false;
		return true;
	}
	return false;
}

static void tell_expired(const struct allowance *allowance, struct allowance_use *use)
{
	if (!use->is_expired_told)
		log_notice("%s: the allowance %s has expired: it allows nothing any more", allowance->source,
			   allowance->name);
	use->is_expired_told = true;
}

static void look_at(const struct allowance *allowance, struct allowance_use *use, uint64_t unused_after_ns,
		    uint64_t wall_ns)
{
	uint64_t limit_ns = allowance->unused_after_ns ? allowance->unused_after_ns : unused_after_ns;
	uint64_t last_ns = use->used_wall_ns ? use->used_wall_ns : use->since_wall_ns;
	char last[CLOCK_TEXT_SIZE];

	if (use->since_wall_ns == 0)
		use->since_wall_ns = wall_ns;
	if (has_expired(allowance, wall_ns)) {
		tell_expired(allowance, use);
		return;
	}
	if (use->is_unused_told || limit_ns == 0 || limit_ns == ALLOWANCE_NEVER_UNUSED || last_ns == 0 ||
	    wall_ns < last_ns || wall_ns - last_ns < limit_ns)
		return;
	log_notice("%s: nothing has needed the allowance %s since %s: it can go", allowance->source, allowance->name,
		   clock_format_utc(last_ns, last));
	use->is_unused_told = true;
}

void allowances_tick(struct allowances *allowances, uint64_t unused_after_ns, uint64_t wall_ns)
{
	for (size_t i = 0; i < allowances->count; i++)
		look_at(allowances->enabled[i], &allowances->uses[i], unused_after_ns, wall_ns);
}

struct allowance_use *allowances_uses(struct allowances *allowances, size_t *ret_count)
{
	*ret_count = allowances->count;
	return allowances->uses;
}
