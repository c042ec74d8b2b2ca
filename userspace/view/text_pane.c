// SPDX-License-Identifier: GPL-2.0-only
#include "view/draw.h"

#include <stdio.h>

#define LINE_SIZE 8192

static void draw_position(const struct state *state, const struct draw_area *area)
{
	size_t last = state->text_top + state->text_page;
	char text[64] = "";

	if (state->wrapped.count > state->text_page)
		snprintf(text, sizeof(text), " %zu-%zu of %zu lines ", state->text_top + 1,
			 last < state->wrapped.count ? last : state->wrapped.count, state->wrapped.count);
	draw_bar(area->y, area->width, state->text_title, text, style_of(STYLE_TITLES), state->options.is_ascii);
}

void text_pane_draw(struct state *state, const struct draw_area *area)
{
	const struct cells_form form = {.is_ascii = state->options.is_ascii};
	char line[LINE_SIZE];

	state->text_page = area->height > 1 ? (size_t)area->height - 1 : 1;
	wrapped_make(&state->wrapped, (size_t)area->width, form.is_ascii);
	if (state->text_top + state->text_page > state->wrapped.count)
		state->text_top = state->wrapped.count > state->text_page ? state->wrapped.count - state->text_page : 0;
	draw_position(state, area);
	for (size_t i = 0; i < state->text_page && state->text_top + i < state->wrapped.count; i++) {
		wrapped_copy(&state->wrapped, state->text_top + i, line, sizeof(line));
		draw_text(area->y + 1 + (int)i, 0, area->width, line, style_of(STYLE_PLAIN), &form);
	}
}

void sort_pane_draw(struct state *state, const struct draw_area *area)
{
	const size_t page = area->height > 1 ? (size_t)area->height - 1 : 1;
	const size_t top = state->sort_cursor < page ? 0 : state->sort_cursor - page + 1;

	draw_bar(area->y, area->width, "Sort by", NULL, style_of(STYLE_TITLES), state->options.is_ascii);
	for (size_t i = 0; i < page && top + i < COLUMN_COUNT; i++) {
		const struct column_row *column = &columns[top + i];
		bool has_cursor = top + i == state->sort_cursor;
		char text[256];
		snprintf(text, sizeof(text), "%c %-12s %s", top + i == state->listing.sort ? '*' : ' ', column->title,
			 column->meaning);
		draw_text(area->y + 1 + (int)i, 0, area->width, text, has_cursor ? A_REVERSE : A_NORMAL,
			  &(struct cells_form){.is_ascii = state->options.is_ascii, .is_padded = has_cursor});
	}
}
