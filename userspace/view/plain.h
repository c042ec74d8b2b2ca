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

/* Prints head, table and the newest alerts. */
void plain_print(const struct picture *picture, const struct listing *listing, const struct plain_options *options,
		 FILE *out);

/* One line of an alert for people, of its ECS object: "03:12:04 critical direct-to-mx shop42 /var/www/x.php -> ...".
 * Returns the bytes written, without NUL. What does not fit is cut. */
size_t plain_format_alert(const json_t *alert, char *text, size_t size);

/* The lines of the head, as the screen has them too: at most `width` cells each. Returns how many of them there are. */
#define PLAIN_HEAD_LINES 4
#define PLAIN_LINE_SIZE 2048
size_t plain_format_head(const struct picture *picture, size_t width, bool is_ascii,
			 char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE]);

#endif
