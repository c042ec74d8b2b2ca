/* SPDX-License-Identifier: GPL-2.0-only */
/* Putting text on the screen, and its panes. Nothing is put there but through cells_fit(). */
#ifndef SMTPWATCH_VIEW_DRAW_H
#define SMTPWATCH_VIEW_DRAW_H

#include "view/cells.h"
#include "view/state.h"
#include "view/style.h"

#include <curses.h>
#include <stdbool.h>
#include <stddef.h>

/* Lines of the screen, and how wide they are. */
struct draw_area {
	int y;
	int height;
	int width;
};

/* At most `width` cells from there on. Returns how many it took. */
int draw_text(int y, int x, int width, const char *text, attr_t attributes, const struct cells_form *form);

/* A line of the whole width, with a text to the left and one to the right of it, NULL: none. */
void draw_bar(int y, int width, const char *left, const char *right, attr_t attributes, bool is_ascii);

/* The same, ruled. */
void draw_ruler(int y, int width, const char *left, const char *right, bool is_ascii);

/* Title line and rows; the state has as many rows on a page as there are below the title. */
void table_pane_draw(struct state *state, const struct draw_area *area);
/* The column whose title is in this cell. Returns whether there is one. */
bool table_pane_column(const struct state *state, int width, int x, enum column *ret_column);

/* A ruler and the newest alerts. */
void alerts_pane_draw(struct state *state, const struct draw_area *area);

/* A title line and the lines. */
void text_pane_draw(struct state *state, const struct draw_area *area);

/* The columns, of which one can be chosen. */
void sort_pane_draw(struct state *state, const struct draw_area *area);

#endif
