// SPDX-License-Identifier: GPL-2.0-only
#include "rules/allowances.h"

#include "lib/clock.h"
#include "lib/log.h"

#include <inttypes.h>
#include <string.h>

#define DAY_NS (86400 * NANOSECONDS_A_SECOND)

struct allowances {
	const struct allowance **enabled;
	struct allowance_use *uses; /* as many, in the same order */
	size_t count;
};

struct allowances *allowances_new(const struct rule_set *set)
{
	_cleanup_(cleanup_allowances_free) struct allowances *allowances = calloc(1, sizeof(*allowances));
	if (!allowances)
		return NULL;
	allowances->enabled = calloc(set->allowance_count + 1, sizeof(const struct allowance *));
	allowances->uses = calloc(set->allowance_count + 1, sizeof(*allowances->uses));
	if (!allowances->enabled || !allowances->uses)
		return NULL;
	for (size_t i = 0; i < set->allowance_count; i++) {
		if (!set->allowances[i].is_enabled)
			continue;
		allowances->enabled[allowances->count] = &set->allowances[i];
		allowances->uses[allowances->count++].name = set->allowances[i].name;
	}
	return TAKE_PTR(allowances);
}

void allowances_free(struct allowances *allowances)
{
	if (!allowances)
		return;
	free(allowances->enabled);
	free(allowances->uses);
	free(allowances);
}

void allowances_take_over(struct allowances *allowances, const struct allowances *old)
{
	for (size_t i = 0; i < allowances->count; i++)
		for (size_t j = 0; j < old->count; j++)
			if (allowances->uses[i].name == old->uses[j].name) /* interned */
				allowances->uses[i] = old->uses[j];
}

static bool is_of_host(const struct rule *rule)
{
	for (size_t i = 0; i < rule->per_count; i++)
		if (rule->per[i] == FIELD_HOST)
			return true;
	return false;
}

static bool is_for(const struct allowance *allowance, const struct rule *rule)
{
	if (allowance->rule_count == 0)
		return !is_of_host(rule);
	for (size_t i = 0; i < allowance->rule_count; i++)
		if (allowance->rules[i] == rule->name || allowance->rules[i] == rule->alert)
			return true;
	return false;
}

static bool has_expired(const struct allowance *allowance, uint64_t wall_ns)
{
	return allowance->until_wall_ns && wall_ns >= allowance->until_wall_ns;
}

bool allowances_cover(struct allowances *allowances, struct rule_question *question, const struct rule *rule)
{
	uint64_t wall_ns = question->sighting.observation->wall_ns;

	for (size_t i = 0; i < allowances->count; i++) {
		const struct allowance *allowance = allowances->enabled[i];
		if (!is_for(allowance, rule) || has_expired(allowance, wall_ns) ||
		    !conditions_hold(question, allowance->conditions, allowance->condition_count, false))
			continue;
		allowances->uses[i].used_wall_ns = wall_ns;
		allowances->uses[i].count++;
		allowances->uses[i].is_told = false;
		return true;
	}
	return false;
}

static void look_at(const struct allowance *allowance, struct allowance_use *use, uint64_t wall_ns)
{
	uint64_t last_ns = use->used_wall_ns ? use->used_wall_ns : use->since_wall_ns;

	if (use->since_wall_ns == 0)
		use->since_wall_ns = wall_ns;
	if (use->is_told)
		return;
	use->is_told = true;
	if (has_expired(allowance, wall_ns))
		log_notice("%s: the allowance %s has expired: it allows nothing any more", allowance->source,
			   allowance->name);
	else if (allowance->unused_after_ns && last_ns && wall_ns >= last_ns + allowance->unused_after_ns)
		log_notice("%s: nothing has needed the allowance %s for %" PRIu64 " days: it can go", allowance->source,
			   allowance->name, (uint64_t)((wall_ns - last_ns) / DAY_NS));
	else
		use->is_told = false;
}

void allowances_tick(struct allowances *allowances, uint64_t wall_ns)
{
	for (size_t i = 0; i < allowances->count; i++)
		look_at(allowances->enabled[i], &allowances->uses[i], wall_ns);
}

struct allowance_use *allowances_uses(struct allowances *allowances, size_t *ret_count)
{
	*ret_count = allowances->count;
	return allowances->uses;
}
