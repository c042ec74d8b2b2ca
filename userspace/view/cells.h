/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text in cells of a terminal. What a terminal would obey, hide or turn around becomes '?'; what is wider than a cell
 * counts as what it takes up (wcwidth(3), of a locale whose LC_CTYPE has UTF-8). UTF-8 in, UTF-8 out; in ASCII every
 * other character becomes '?'. Of the marks on a character two are kept.
 */
#ifndef SMTPWATCH_VIEW_CELLS_H
#define SMTPWATCH_VIEW_CELLS_H

#include <stdbool.h>
#include <stddef.h>

/* Where a text that is too long is cut. */
enum cells_cut {
	CELLS_CUT_END,    /* "/var/www/sho~" */
	CELLS_CUT_MIDDLE, /* "/var/~min/x.php": a path's end tells more than its middle */
	CELLS_CUT_START,  /* "~w/shop42/x.php" */
};

/* How a text is to be shown. */
struct cells_form {
	bool is_ascii;
	enum cells_cut cut;
	bool is_right;  /* flush right */
	bool is_padded; /* with blanks to the full width */
};

/* Writes `text` (NULL: empty) so that it takes at most `width` cells, and exactly so many where it is padded. No
 * character is cut in two. Returns the cells taken. What does not fit into `size` bytes, at least 1, is left out. */
size_t cells_fit(char *target, size_t size, const char *text, size_t width, const struct cells_form *form);

/* Enough bytes for a text of `width` cells: a character of four bytes and two marks on it. */
#define CELLS_SIZE(width) (12 * (width) + 1)

/* How many cells a text would take if it were not cut. */
size_t cells_width(const char *text, bool is_ascii);

#endif
