/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of a file that outlives the process: what each module keeps over a restart, in words of its own.
 *
 *   KIND NAME=VALUE NAME=VALUE ...
 *
 * A value is a decimal number, several of them joined by commas, or bytes of which the percent sign and those that are
 * not visible ASCII characters are written as %XX. So a line says what it has: whoever reads it asks for the names that
 * he knows, and what he does not know is passed over. One that another version has written is read like any other. A
 * line that does not end was cut.
 *
 * What is read is not trusted: numbers have bounds, texts have sizes, and each line can be refused.
 */
#ifndef SMTPWATCH_LIB_KEEP_H
#define SMTPWATCH_LIB_KEEP_H

#include "lib/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define KEEP_FIELDS_MAX 128 /* in a line; further ones are not known to anyone */

/* Begins a line. `stream` is looked at for errors by its owner. */
void keep_begin(FILE *stream, const char *kind);
void keep_end(FILE *stream);

/* What is 0, and a text that is NULL, goes without saying. */
void keep_put_number(FILE *stream, const char *name, uint64_t number);
void keep_put_text(FILE *stream, const char *name, const char *text);
void keep_put_bytes(FILE *stream, const char *name, const void *bytes, size_t size);
/* Without the zeros at the end. */
void keep_put_numbers(FILE *stream, const char *name, const uint64_t *numbers, size_t count);
/* "203.0.113.25,25". One without a port goes without saying. */
void keep_put_endpoint(FILE *stream, const char *name, const struct endpoint *endpoint);

struct keep_field {
	const char *name;
	char *value; /* decoded, and NUL behind it */
	size_t size;
};

/* A line that was read. It lies in the text that it was made of. */
struct keep_line {
	const char *kind;
	struct keep_field fields[KEEP_FIELDS_MAX];
	size_t count;
	bool is_bad; /* a value that was asked for was not what it has to be; the line is not to be used then */
};

/* Takes a line apart, in place: `text` has `size` bytes without the end of the line, and room for one more. 0 or
 * -EINVAL. */
int keep_parse(char *text, size_t size, struct keep_line *ret_line);

bool keep_is(const struct keep_line *line, const char *kind);

/* 0 where the line does not have it; what is above `max` or no number makes the line bad, and is 0. */
uint64_t keep_number(struct keep_line *line, const char *name, uint64_t max);
bool keep_flag(struct keep_line *line, const char *name);

/* NULL where the line does not have it, or it has a NUL inside, which makes it bad. */
const char *keep_text(struct keep_line *line, const char *name);
/* The empty text in that case, and where it is longer than `size` allows, which makes the line bad. */
void keep_copy_text(struct keep_line *line, const char *name, char *target, size_t size);
/* The same: NULL and 0. */
const char *keep_bytes(struct keep_line *line, const char *name, size_t *ret_size);
/* Exactly `size` bytes. False: it does not have them, and the line is bad if it has others. `target` is zero then. */
bool keep_copy_bytes(struct keep_line *line, const char *name, void *target, size_t size);
/* Up to `count` numbers, the others 0. Returns how many it has. */
size_t keep_numbers(struct keep_line *line, const char *name, uint64_t max, uint64_t *ret_numbers, size_t count);
/* All zero where the line does not have it. */
void keep_endpoint(struct keep_line *line, const char *name, struct endpoint *ret_endpoint);

/* The name of the choice with this number, below the count that is asked for. */
typedef const char *(*keep_namer)(size_t number);

/* Which of `count` named choices the text is; 0 where the line does not have it, and where it is none, which makes the
 * line bad. */
size_t keep_choice(struct keep_line *line, const char *name, keep_namer name_of, size_t count);

#endif
