/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stands in rule files, before it is compiled: sections with the lines of their keys. What a later file says of a
 * key takes the place of all that earlier ones said of it.
 */
#ifndef SMTPWATCH_RULES_RULE_SECTION_H
#define SMTPWATCH_RULES_RULE_SECTION_H

#include "lib/ini_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define RULE_SECTIONS_MAX 2048 /* rules, combinations and allowances together */

struct rule_line {
	char *text;       /* owned */
	const char *file; /* interned */
	int line;
};

/* A key of a section; a list can have several lines. */
struct rule_entry {
	const char *key;         /* interned */
	struct rule_line *lines; /* owned; at least one */
	size_t line_count;
};

enum rule_section_kind {
	RULE_SECTION_RULE,     /* [NAME] */
	RULE_SECTION_TOGETHER, /* [together NAME] */
	RULE_SECTION_ALLOW,    /* [allow NAME] */
	RULE_SECTION_KIND_COUNT,
};

struct rule_section {
	enum rule_section_kind kind;
	const char *name; /* interned */
	const char *file; /* interned: where it first begins */
	int line;
	bool is_shipped;
	bool is_local;              /* a local file has it, too or only */
	struct rule_entry *entries; /* owned */
	size_t entry_count;
};

struct rule_sections {
	struct rule_section *sections; /* owned; in the order in which they first begin */
	size_t count;
};

/* Adds a file's. `name` is the file's, for messages. 0, or -errno with the error told; then they are half changed. */
int rule_sections_read(struct rule_sections *sections, FILE *stream, const char *name, bool is_local,
		       struct ini_error *ret_error);

void rule_sections_clear(struct rule_sections *sections);

/* The entry of a key; NULL: there is none. */
const struct rule_entry *rule_section_find(const struct rule_section *section, const char *key);

/* Where a line stands, or a section begins: for ini_fail(). */
struct ini_place rule_line_place(const struct rule_line *line, struct ini_error *error);
struct ini_place rule_section_place(const struct rule_section *section, struct ini_error *error);

/* The brackets' word of a kind: "", "together " and "allow ". */
const char *rule_section_word(enum rule_section_kind kind);

#endif
