/* SPDX-License-Identifier: GPL-2.0-only */
/* Plain text for a terminal of 80 columns. What others wrote goes through SHOW() before it is printed. */
#ifndef SMTPWATCH_EXPLAIN_PAGE_H
#define SMTPWATCH_EXPLAIN_PAGE_H

#include <stdio.h>

#define PAGE_SHOWN_SIZE 512

/*
 * A text of the JSON lines so that it is one line of valid UTF-8 without control characters, cut behind "..." where it
 * is longer. The lines were escaped when they were written, so their backslashes stay as they are; what somebody else
 * put into a file is escaped here. NULL gives an empty text. Returns `shown`.
 */
const char *page_show(char shown[PAGE_SHOWN_SIZE], const char *text);
#define SHOW(text) page_show((char[PAGE_SHOWN_SIZE]){""}, text)

/* A heading with an empty line before it. */
void page_heading(FILE *out, const char *heading);

/* A paragraph, broken at blanks; a word that is longer than a line stays whole. Every line begins with `indent` blanks.
 * No more than some thousand bytes are printed. */
void page_say(FILE *out, unsigned int indent, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same beside a label of at most ten characters. */
void page_item(FILE *out, const char *label, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same behind the mark of a comment, for rule files. */
void page_comment(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
