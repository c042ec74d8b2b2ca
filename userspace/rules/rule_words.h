/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of the rule language, and what is said of one that is none of them. */
#ifndef SMTPWATCH_RULES_RULE_WORDS_H
#define SMTPWATCH_RULES_RULE_WORDS_H

#include "lib/ini_file.h"
#include "lib/nearest.h"
#include "rules/fields.h"
#include "rules/rule_section.h"

#include <stdbool.h>
#include <stdint.h>

#define RULE_ONLY "only." /* before the name of a field: the condition chooses what is counted */

/* A key of the language that is not the name of a field. */
struct rule_key {
	const char *name;
	uint32_t kinds;   /* bits, 1 << enum rule_section_kind */
	bool may_repeat;  /* each line is one more of them */
	bool is_sentence; /* further lines go on with it; else they are items of a list */
};

extern const struct rule_key rule_keys[];
extern const size_t rule_key_count;

/* The row of a key that such a section has, or NULL. */
const struct rule_key *rule_key_find(enum rule_section_kind kind, const char *name);

/* The field of a condition's key. FIELD_COUNT: it is none. `ret_only` may be NULL. */
enum field_id rule_condition_field(const char *key, bool *ret_only);

/* 0, or -EINVAL with the error told: the key is no field's, and no other that such a section has. */
int rule_key_check(const struct ini_place *place, enum rule_section_kind kind, const char *key);

/* 0, or -EINVAL with the error told. */
int rule_field_find(const struct ini_place *place, const char *name, enum field_id *ret_field);

/* Whether observations of these events can have the field, and it is no mere key, if it need not be. 0, or -EINVAL
 * with the error told. */
int rule_field_check(const struct ini_place *place, enum field_id field, uint32_t events, bool may_be_key);

/* Offers the names of all fields; of those that are mere keys only `with_keys`. */
void rule_field_offer(struct nearest *nearest, bool with_keys);

/* Adds bits of events. 0, or -EINVAL with the error told. */
int rule_event_find(const struct ini_place *place, const char *name, uint32_t *events);

/* Which severity a word is. 0, or -EINVAL with the error told. `ret_is_score` NULL: "score" is none. */
int rule_severity_find(const struct ini_place *place, const char *word, unsigned int *ret_severity, bool *ret_is_score);

/* "; did you mean "x"?", or nothing, for the end of a sentence. Returns `text`. */
#define RULE_HINT_SIZE 96
const char *rule_hint(char text[RULE_HINT_SIZE], const char *found);

#endif
