// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rules.h"

#include "lib/array.h"

static const struct {
	const char *name;
	rule_judge judge;
} rules[] = {
	{"direct-to-mx", direct_to_mx_judge},
};

int rules_judge(struct alerts *alerts, const struct observation *observation, const struct model_change *change)
{
	if (!change->actor)
		return 0;
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct firing firing = {
			.rule = rules[i].name,
			.actor = change->actor,
			.time_ns = observation->time_ns,
			.wall_ns = observation->wall_ns,
		};
		if (!rules[i].judge(change, &firing))
			continue;
		int error = alerts_fire(alerts, &firing);
		if (error)
			return error;
	}
	return 0;
}
