/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside rules/: steps of severity, and what a rule has to count for them. */
#ifndef SMTPWATCH_RULES_STEP_H
#define SMTPWATCH_RULES_STEP_H

#include "rules/rule_section.h"
#include "rules/rule_set.h"

/* Reads the steps of a rule whose `listens`, `whole` and conditions are there; `window_ns` is that of steps that name
 * none. Fills in steps, layout and, where it is FIELD_COUNT, the sample. 0, or -EINVAL with the error told. */
int steps_parse(const struct rule_entry *entry, uint64_t window_ns, struct ini_error *ret_error, struct rule *rule);

/* Writes "warning at 1, high at 3 distinct destination.network in 10m". */
void steps_print(const struct rule *rule, FILE *stream);

/* What the counters depend on, as a number that is the same in every run. */
uint64_t steps_shape(const struct rule *rule);

#endif
