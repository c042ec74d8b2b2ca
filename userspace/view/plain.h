/* SPDX-License-Identifier: GPL-2.0-only */
/* A picture as plain text, for scripts and tickets: `smtpwatch top -b`. */
#ifndef SMTPWATCH_VIEW_PLAIN_H
#define SMTPWATCH_VIEW_PLAIN_H

#include "view/listing.h"
#include "view/picture.h"

#include <stdio.h>

struct plain_options {
	size_t width;  /* cells of a line; 0: as wide as it takes */
	size_t rows;   /* at most; 0: all */
	size_t alerts; /* at most */
	bool is_ascii;
};

/* Prints head, table and the newest alerts, the newest last. Lines end without blanks. */
void plain_print(const struct picture *picture, const struct listing *listing, const struct plain_options *options,
		 FILE *out);

/* The lines of the head, as the screen has them too: at most `width` cells each, 0: as wide as it takes. The second one
 * tells whether all is seen and what is lost, and begins with a capital word where that is not well: "BLIND",
 * "DEGRADED", "LOST". Returns how many of them there are. */
#define PLAIN_HEAD_LINES 4
#define PLAIN_LINE_SIZE 2048
size_t plain_format_head(const struct picture *picture, size_t width, bool is_ascii,
			 char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE]);

/* Connections of the last quarter of an hour in so many cells, the newest at the right. */
#define PLAIN_SPARKLINE_SIZE (3 * LEDGER_SERIES + 1)
void plain_format_sparkline(const struct picture_head *head, size_t cells, bool is_ascii,
			    char text[PLAIN_SPARKLINE_SIZE]);

#endif
