/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of the table: one const table gives their titles, widths, order, words and what they are sorted by. */
#ifndef SMTPWATCH_VIEW_COLUMNS_H
#define SMTPWATCH_VIEW_COLUMNS_H

#include "view/picture.h"

#include <stdbool.h>
#include <stddef.h>

enum column {
	COLUMN_RATE, /* attempts in the last minute */
	COLUMN_VERDICT,
	COLUMN_USER,
	COLUMN_NAME, /* who: takes what is left of the width */
	COLUMN_ATTEMPTS,
	COLUMN_PORT_25,
	COLUMN_PORT_465,
	COLUMN_PORT_587,
	COLUMN_PORT_OTHER,
	COLUMN_OPEN,
	COLUMN_FAILED,
	COLUMN_DESTINATIONS,
	COLUMN_ACCEPTED,
	COLUMN_REFUSED,
	COLUMN_SUBMISSIONS,
	COLUMN_FIRST,
	COLUMN_LAST,
	COLUMN_RULE, /* of its latest alert */
	COLUMN_INCIDENT,
	COLUMN_PROCESS,
	COLUMN_UNIT,
	COLUMN_SITE,
	COLUMN_REPLY, /* the latest refusal */
	COLUMN_HELO,
	COLUMN_COUNT,
};

struct column_row {
	const char *title;   /* "CONN/MIN": also the name by which --sort knows it, in lower case */
	const char *meaning; /* for the help screen */
	size_t width;        /* cells, without the blank behind it */
	unsigned int weight; /* the higher, the sooner it is shown where there is little room; 0: always */
	bool is_right;       /* flush right */
	bool is_descending;  /* how it is sorted at first */
	/* Writes what stands in a cell, not yet cut; an empty text where there is nothing to say. */
	void (*write)(const struct picture_row *row, double now, char *text, size_t size);
	/* < 0: `left` is less than `right`. */
	int (*compare)(const struct picture_row *left, const struct picture_row *right, double now);
};

extern const struct column_row columns[COLUMN_COUNT];

#define COLUMN_TEXT_SIZE 1024

/* 0 or -EINVAL. */
int column_parse(const char *name, enum column *ret_column);

/* Which columns fit into `width` cells for this grouping, from left to right, and how wide each is then. Returns how
 * many.
 */
size_t columns_choose(enum ledger_by by, size_t width, enum column ret_columns[COLUMN_COUNT],
		      size_t ret_widths[COLUMN_COUNT]);

#endif
