/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks the rules of a set of one observation after the other: which of them it is for, whether their conditions hold,
 * what they have counted so far, and whether a step of severity is reached. Allocates nothing while it is asked.
 */
#ifndef SMTPWATCH_RULES_ENGINE_H
#define SMTPWATCH_RULES_ENGINE_H

#include "lib/cleanup.h"
#include "rules/alerts.h"
#include "rules/allowances.h"
#include "rules/counters.h"
#include "rules/rule.h"
#include "rules/rule_set.h"

#include <stddef.h>

struct engine;

/* `set` is borrowed, and so is `allowances`, which may be NULL: nothing is allowed. NULL: no memory. */
struct engine *engine_new(const struct rule_set *set, struct allowances *allowances);
void engine_free(struct engine *engine);
DEFINE_CLEANUP(struct engine, engine_free)

/* Gets a firing, borrowed for the time of the call. 0 or -errno. */
typedef int (*firing_taker)(void *context, const struct firing *firing);

/* Returns 0, or what the latest `take` that failed returned. */
int engine_ask(struct engine *engine, struct counters *counters, struct rule_question *question, firing_taker take,
	       void *context);

#endif
