/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside recorded/: the words that a line is made of, found by one look: names of fields, and of values of enums. */
#ifndef SMTPWATCH_RECORDED_WORDS_H
#define SMTPWATCH_RECORDED_WORDS_H

#include "lib/cleanup.h"
#include "recorded/fields.h"

#include <stddef.h>

/* Which words: the fields of an object, by its section (section_object()); or behind them a list. */
#define WORDS_OF_LIST(list) ((unsigned int)SECTION_COUNT + (unsigned int)(list))

struct words;

/* NULL: no memory. */
struct words *words_new(void);
void words_free(struct words *words);
DEFINE_CLEANUP(struct words, words_free)

/* The row of recorded_fields, or the value in the list; -1: there is no such word. */
int words_find(const struct words *words, unsigned int which, const char *text, size_t size);

#endif
