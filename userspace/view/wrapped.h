/* SPDX-License-Identifier: GPL-2.0-only */
/* A text in lines that are no wider than the screen. Nothing of it is lost: what is too long goes on in the next one.
 */
#ifndef SMTPWATCH_VIEW_WRAPPED_H
#define SMTPWATCH_VIEW_WRAPPED_H

#include <stdbool.h>
#include <stddef.h>

/* One line of the screen: a piece of the text, behind so many blanks. */
struct wrapped_line {
	size_t start;
	size_t length;
	size_t indent;
};

/* All zero is no text. */
struct wrapped {
	char *text;                 /* owned */
	struct wrapped_line *lines; /* owned */
	size_t count;
	size_t capacity;
	size_t width; /* that the lines were made for; 0: there are none yet */
};

/* Lines that a text is made into at most; what is behind them is not shown. */
#define WRAPPED_LINES_MAX 20000

void wrapped_release(struct wrapped *wrapped);

/* Another text, of which it takes the ownership. */
void wrapped_set(struct wrapped *wrapped, char *text);

/* Makes the lines, where the width is another than before. What follows two blanks within a line is a second column,
 * under which the line goes on. 0 or -ENOMEM: there are fewer. */
int wrapped_make(struct wrapped *wrapped, size_t width, bool is_ascii);

/* Writes a line as it is, not yet fit for a terminal. */
void wrapped_copy(const struct wrapped *wrapped, size_t line, char *target, size_t size);

#endif
