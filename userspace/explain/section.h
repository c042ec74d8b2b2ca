/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An [allow NAME] section of a rule file, written so that it stands for exactly the values that were seen, or not at
 * all. man/smtpwatch-rules.5 is the language; lib/ini_file.c says what a line may have.
 */
#ifndef SMTPWATCH_EXPLAIN_SECTION_H
#define SMTPWATCH_EXPLAIN_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SECTION_FILE "/etc/smtpwatch/rules.d/allow.conf"
#define SECTION_LINE_MAX 199 /* of lib/ini_file.h's lines */
#define SECTION_FIELDS_MAX 8
#define SECTION_NAME_MAX 40

/* A condition: a field of the rule language, and the values of which one has to hold. Borrowed. */
struct section_field {
	const char *key;
	const char *const *values; /* as the lines have them: escaped */
	size_t value_count;
};

struct section {
	char name[SECTION_NAME_MAX + 1]; /* without "allow "; a-z, 0-9, "-" and "_" */
	struct section_field fields[SECTION_FIELDS_MAX];
	size_t field_count;
	const char *const *rules; /* never none: that would be all */
	size_t rule_count;
	uint64_t until_wall_ns; /* 0: for good */
	const char *reason;     /* a sentence of this program: plain text without ";" */
};

/* Adds a condition; nothing where there is no value. The array of values has to last as long as the section. */
void section_add(struct section *section, const char *key, const char *const *values, size_t value_count);

/* The field that cannot be written, and why; NULL: the section can be. `ret_reason` is set with it. */
const struct section_field *section_refuse(const struct section *section, const char **ret_reason);

/* Writes it, of one that section_refuse() has passed. */
void section_write(const struct section *section, FILE *out);

/* Whether it is a name that a rule can have. */
bool section_is_rule_name(const char *name);

#endif
