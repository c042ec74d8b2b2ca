/* SPDX-License-Identifier: GPL-2.0-only */
/* The items of a list, over all lines of an entry, and what stands before them. */
#ifndef SMTPWATCH_RULES_RULE_ITEM_H
#define SMTPWATCH_RULES_RULE_ITEM_H

#include "rules/rule_section.h"

#define RULE_ITEM_SIZE 200 /* inih's longest line */

struct rule_item {
	struct ini_place place;
	const char *key;
	char text[RULE_ITEM_SIZE]; /* without quotes, and without blanks around it */
};

/* Borrows the entry. */
struct rule_items {
	const struct rule_entry *entry;
	struct ini_error *error;
	size_t line;
	const char *rest;
};

struct rule_items rule_items_begin(const struct rule_entry *entry, struct ini_error *error);

/* Whether the list begins with "not". To be asked before the first item. */
bool rule_items_take_not(struct rule_items *items);

/* 1 with an item, 0 at the end, or -EINVAL with the error told. */
int rule_items_next(struct rule_items *items, struct rule_item *ret_item);

/* The only item of a list. 0, or -EINVAL with the error told. */
int rule_item_only(const struct rule_entry *entry, struct ini_error *error, struct rule_item *ret_item);

/* Tells that the item is `"TEXT" is not valid for KEY: ` and the reason. Returns -EINVAL. */
int rule_item_refuse(const struct rule_item *item, const char *reason, ...) __attribute__((format(printf, 2, 3)));

#endif
