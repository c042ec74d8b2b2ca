/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of the table: one const table gives their titles, widths, order, words and what they are sorted by. */
#ifndef SMTPWATCH_VIEW_COLUMNS_H
#define SMTPWATCH_VIEW_COLUMNS_H

#include "view/cells.h"
#include "view/picture.h"

#include <stdbool.h>
#include <stddef.h>

enum column {
	COLUMN_RATE,    /* attempts in the last minute */
	COLUMN_VERDICT, /* sorted by what is urgent: alerts that go on, by severity; then verdict, rate, attempts */
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
	const char *name;     /* "rate": by which --sort knows it */
	const char *title;    /* "C/MIN" */
	const char *meaning;  /* for the help screen */
	size_t width;         /* cells, without the blank behind it; of COLUMN_NAME at least so many */
	unsigned int weight;  /* the higher, the sooner it is shown where there is little room */
	unsigned int without; /* bits of the groupings in which it says nothing new: 1 << LEDGER_BY_... */
	enum cells_cut cut;   /* where its text is cut */
	bool is_right;        /* flush right */
	bool is_ascending;    /* how it is sorted at first */
	/* What it is sorted by: a number, or else a text. NULL is before all others. */
	uint64_t (*number)(const struct picture_row *row, double now);
	const char *(*text)(const struct picture_row *row);
	/* Writes what stands in a cell of `width` cells, not yet cut; an empty text where there is nothing to say.
	 * NULL: its text, or its number, shortened so that it fits and "-" for 0. */
	void (*write)(const struct picture_row *row, double now, size_t width, char *text, size_t size);
};

extern const struct column_row columns[COLUMN_COUNT];

#define COLUMN_TEXT_SIZE (2 * PICTURE_TEXT_MAX + 256) /* two long texts, and some words */

/* Writes what stands in a cell of `width` cells, SIZE_MAX: as wide as it takes. Numbers are shortened, and of a long
 * path it begins with the site; it is not yet escaped or cut, which cells_fit() does. */
void column_write(enum column column, const struct picture_row *row, double now, size_t width,
		  char text[COLUMN_TEXT_SIZE]);

/* What stands above it: in a grouping by user, COLUMN_NAME is "USER". */
const char *column_title(enum column column, enum ledger_by by);

/* By its name, or its title in whatever case. 0 or -EINVAL. */
int column_parse(const char *name, enum column *ret_column);

/* Which columns fit into `width` cells for this grouping, from left to right, and how wide each is then; a blank is
 * between two of them. COLUMN_NAME is always there and takes what is left. Whatever is shown in a width is shown in a
 * greater one. Returns how many. */
size_t columns_choose(enum ledger_by by, size_t width, enum column ret_columns[COLUMN_COUNT],
		      size_t ret_widths[COLUMN_COUNT]);

/* A number in at most `width` cells, at least 4: "1234", "12k", "3.4M"; never more than it is. */
#define COLUMN_NUMBER_SIZE 24
const char *column_shorten(uint64_t number, size_t width, char text[COLUMN_NUMBER_SIZE]);

/* "2s", "5m", "3h", "2d": how long before `now` that was. */
#define COLUMN_AGE_SIZE 16
const char *column_age(double moment, double now, char text[COLUMN_AGE_SIZE]);

#endif
