/* SPDX-License-Identifier: GPL-2.0-only */
/* A few different texts, sorted. */
#ifndef SMTPWATCH_EXPLAIN_TEXT_SET_H
#define SMTPWATCH_EXPLAIN_TEXT_SET_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_SET_MAX 8
#define TEXT_SET_TEXT_MAX 255 /* bytes that are kept of one */

/* All zero is the empty set. */
struct text_set {
	char *texts[TEXT_SET_MAX]; /* owned */
	size_t count;
	bool has_more; /* than there is room for */
};

/* NULL is no text, and adds nothing. 0 or -ENOMEM. */
int text_set_add(struct text_set *set, const char *text);
void text_set_clear(struct text_set *set);

#endif
