/* SPDX-License-Identifier: GPL-2.0-only */
/* How text is printed: colours, the width of the terminal, and what the other end of a pipe makes of it. */
#ifndef SMTPWATCH_CLIENT_PRINT_H
#define SMTPWATCH_CLIENT_PRINT_H

#include "client/arguments.h"

#include <stdbool.h>
#include <stddef.h>

struct print_style {
	size_t width; /* cells of a line; 0: as many as it takes */
	bool has_colours;
	bool is_ascii;
};

/* Of standard output. */
struct print_style print_style_of(const struct arguments *arguments);

enum colour {
	COLOUR_PLAIN,
	COLOUR_GOOD,
	COLOUR_FAINT,
	COLOUR_NOTICE,
	COLOUR_WARNING,
	COLOUR_BAD,
	COLOUR_WORST,
	COLOUR_COUNT,
};

/* What begins a colour, and what ends it; empty where there are none. Borrowed. */
const char *print_begin(const struct print_style *style, enum colour colour);
const char *print_end(const struct print_style *style, enum colour colour);

/* Text of the daemon's, free of what a terminal would obey or hide. */
#define PRINT_TEXT_SIZE 2048
const char *print_show(const struct print_style *style, const char *text, char shown[PRINT_TEXT_SIZE]);

/* "smtpwatch: ..." on standard error, after what standard output has so far. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Hands over what was printed. 0; -EPIPE nobody reads it any more; or -errno after saying so. */
int print_flush(void);

/* Prints JSON in one line, in which nothing is left that a terminal would obey or hide. 0 or -ENOMEM. */
int print_json(const json_t *json);

#endif
