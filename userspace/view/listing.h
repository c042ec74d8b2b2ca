/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rows are shown, in which order: filtered, sorted, with the children of those that are expanded. */
#ifndef SMTPWATCH_VIEW_LISTING_H
#define SMTPWATCH_VIEW_LISTING_H

#include "view/columns.h"
#include "view/picture.h"

#include <stdbool.h>
#include <stddef.h>

struct listing_item {
	struct picture_row *row;
	unsigned int depth; /* 0: of the grouping; its children are 1, theirs 2 */
	bool is_last;       /* of its siblings */
	size_t left_out;    /* behind it: siblings that the daemon did not send; 0 but for the last one */
};

/* All zero is a listing of nothing. */
struct listing {
	struct listing_item *items; /* owned */
	size_t count;
	size_t capacity;
	size_t hidden; /* rows that the filter left out */
	enum column sort;
	bool is_ascending;
	char filter[128]; /* words, all of which must occur somewhere in a row, in whatever case; children come with
			   * their row */
};

/* What a view begins with: what is urgent first. */
#define LISTING_SORT COLUMN_VERDICT

/* Sorts by it, in its own direction. */
void listing_set_sort(struct listing *listing, enum column sort);

void listing_release(struct listing *listing);

/* Makes it anew of what is in the picture now. It holds until rows can leave the picture, which takes in a message or
 * groups otherwise. Rows that compare alike are in the order of their numbers, so nothing jumps. 0 or -ENOMEM: it is as
 * it was. */
int listing_make(struct listing *listing, const struct picture *picture, double now);

/* The place of a row, or SIZE_MAX. */
size_t listing_find(const struct listing *listing, uint64_t number);

#endif
