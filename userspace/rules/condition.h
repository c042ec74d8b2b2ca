/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside rules/: how a condition is made of what a file says; rules/rule_set.h has the asking. */
#ifndef SMTPWATCH_RULES_CONDITION_H
#define SMTPWATCH_RULES_CONDITION_H

#include "rules/rule_section.h"
#include "rules/rule_set.h"

/* 0, or -errno with the error told. The caller clears what it is given. */
int condition_parse(const struct rule_entry *entry, enum field_id field, bool is_only, struct ini_error *ret_error,
		    struct condition *ret_condition);
void condition_clear(struct condition *condition);

/* Those that are quickly answered first, and behind all others those that choose what is counted. */
void conditions_sort(struct condition *conditions, size_t count);

/* Whether a value of the condition's field fulfils it; NULL: it is not known. */
bool condition_fits(const struct condition *condition, const union field_value *value);

#endif
