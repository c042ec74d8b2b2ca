/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of events and alerts for people: aligned columns, made of ECS objects (smtpwatchd(8)). */
#ifndef SMTPWATCH_CLIENT_LINE_TEXT_H
#define SMTPWATCH_CLIENT_LINE_TEXT_H

#include "client/print.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* In the order in which they stand in a line; alerts alone have a severity and an incident. */
enum line_column {
	LINE_TIME,
	LINE_SEVERITY,
	LINE_INCIDENT,
	LINE_USER,
	LINE_WHO,
	LINE_DESTINATION,
	LINE_WHAT,
	LINE_COLUMN_COUNT,
};

struct line_layout {
	struct print_style style;
	bool is_of_alerts;
	uint64_t now_ns; /* what is of another day has its date */
	size_t widths[LINE_COLUMN_COUNT];
};

/* How wide the columns are, so that these lines, an array of objects, fit as well as they can. Where the style has a
 * width, no line is wider; else no text is cut. */
void line_text_lay_out(struct line_layout *layout, const json_t *lines);

/* Prints a line and its newline. */
void line_text_print(const struct line_layout *layout, const json_t *line, FILE *out);

#endif
