/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside rules/: keys that rules, combinations and allowances have in common. Each is 0, or -errno with the error
 * told; a section without the key leaves the default, which is what `ret_x` had. */
#ifndef SMTPWATCH_RULES_RULE_KEYS_H
#define SMTPWATCH_RULES_RULE_KEYS_H

#include "rules/rule_section.h"
#include "rules/rule_set.h"

int rule_take_flag(const struct rule_section *section, const char *key, struct ini_error *error, bool *ret_flag);

/* Within [1, maximum] seconds. */
int rule_take_duration(const struct rule_section *section, const char *key, uint64_t maximum, struct ini_error *error,
		       uint64_t *ret_ns);

/* Interned; NULL: the section has none. */
int rule_take_reason(const struct rule_section *section, const char **ret_reason);

/* "catalogue.conf:41", owned by the caller. */
int rule_take_source(const struct rule_section *section, char **ret_source);

/* Names of rules; each is known. `as_alert`: the names under which they alert. The caller owns the array. */
int rule_take_names(const struct rule_section *section, const char *key, const struct rule_sections *sections,
		    bool as_alert, struct ini_error *error, const char ***ret_names, size_t *ret_count);

/* All conditions of the section, sorted. Observations are of these events. The caller clears and owns what is there,
 * also of an error. */
int rule_take_conditions(const struct rule_section *section, uint32_t events, struct ini_error *error,
			 struct condition **ret_conditions, size_t *ret_count);
void rule_clear_conditions(struct condition *conditions, size_t count);

/* Under which name the rule of a section alerts: the interned name of a section that alerts under its own. */
int rule_take_alert(const struct rule_section *section, const struct rule_sections *sections, struct ini_error *error,
		    const char **ret_alert);

#endif
