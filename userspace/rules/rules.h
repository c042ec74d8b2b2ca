/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules: each looks at what an observation changed in the model, and fires or does not. A new rule is
 * a file rules/<name>.c with one function, and a row of the table in rules.c.
 */
#ifndef SMTPWATCH_RULES_RULES_H
#define SMTPWATCH_RULES_RULES_H

#include "model/model.h"
#include "rules/alerts.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>

/* Whether the rule fires. Where it does, all of `ret_firing` but rule, time and actor is its to fill in. */
typedef bool (*rule_judge)(const struct model_change *change, struct firing *ret_firing);

/* rules/direct_to_mx.c */
bool direct_to_mx_judge(const struct model_change *change, struct firing *ret_firing);

/* Asks every rule. 0 or -ENOMEM. */
int rules_judge(struct alerts *alerts, const struct observation *observation, const struct model_change *change);

#endif
