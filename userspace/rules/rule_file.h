/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside rules/: sections become rules, combinations and allowances. */
#ifndef SMTPWATCH_RULES_RULE_FILE_H
#define SMTPWATCH_RULES_RULE_FILE_H

#include "rules/rule_section.h"
#include "rules/rule_set.h"

/* What a section has to say. 0, or -errno with the error told; what was filled in until then is the caller's to clear.
 * `sections` are all, for "did you mean". */
int rule_compile(const struct rule_section *section, const struct rule_sections *sections, struct ini_error *ret_error,
		 struct rule *rule);
int combination_compile(const struct rule_section *section, const struct rule_sections *sections,
			struct ini_error *ret_error, struct combination *combination);
int allowance_compile(const struct rule_section *section, const struct rule_sections *sections,
		      struct ini_error *ret_error, struct allowance *allowance);

void rule_clear(struct rule *rule);
void combination_clear(struct combination *combination);
void allowance_clear(struct allowance *allowance);

#endif
