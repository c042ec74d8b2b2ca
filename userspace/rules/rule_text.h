/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside rules/: evidence with fields in braces, cut into pieces once. */
#ifndef SMTPWATCH_RULES_RULE_TEXT_H
#define SMTPWATCH_RULES_RULE_TEXT_H

#include "rules/rule_section.h"
#include "rules/rule_set.h"

/* Values that a text can have beside fields, by their enum text_value; that of TEXT_FIELD is NULL. */
extern const char *const rule_text_values[TEXT_VALUE_COUNT];

/* Fills in text and pieces of a rule whose `listens` is there. 0, or -errno with the error told. */
int rule_text_parse(const struct rule_entry *entry, struct ini_error *ret_error, struct rule *rule);

/* The lines of an entry as one, joined by blanks. Owned by the caller. NULL: no memory. */
char *rule_text_join(const struct rule_entry *entry);

#endif
