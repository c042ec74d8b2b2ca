/* SPDX-License-Identifier: GPL-2.0-only */
/* An alert as one line of a list, in columns: when, how bad, which rule, who, and toward where. */
#ifndef SMTPWATCH_VIEW_ALERT_LINE_H
#define SMTPWATCH_VIEW_ALERT_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define ALERT_LINE_SIZE 4096

struct alert_line_options {
	size_t width; /* cells, at most; 0: as many as it takes */
	double now;   /* seconds since 1970: an alert of another day has its date */
	bool is_ascii;
};

/*
 * Writes the line of an alert's ECS object, fit to be printed as it is. In little room it has what matters first: the
 * destination, the count and the incident come as there is more. Of one that has ended it says so in place of the
 * severity. Returns the cells taken.
 */
size_t alert_line_write(const json_t *alert, const struct alert_line_options *options, char line[ALERT_LINE_SIZE]);

#endif
