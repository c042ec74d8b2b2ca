// SPDX-License-Identifier: GPL-2.0-only
#include "view/draw.h"

#include <inttypes.h>
#include <string.h>

/* What is drawn: the columns and their widths. */
struct table {
	const struct state *state;
	double now;
	enum column columns[COLUMN_COUNT];
	size_t widths[COLUMN_COUNT];
	size_t count;
};

static struct table choose(const struct state *state, int width)
{
	struct table table = {.state = state, .now = picture_head(state->picture)->now};

	table.count = columns_choose(picture_by(state->picture), (size_t)width, table.columns, table.widths);
	return table;
}

static void draw_titles(const struct table *table, const struct draw_area *area)
{
	const bool is_ascii = table->state->options.is_ascii;
	const enum ledger_by by = picture_by(table->state->picture);
	int x = 0;

	draw_bar(area->y, area->width, "", NULL, style_of(STYLE_TITLES), is_ascii);
	for (size_t i = 0; i < table->count; i++) {
		const struct column_row *column = &columns[table->columns[i]];
		bool is_sorted = table->columns[i] == table->state->listing.sort;
		draw_text(area->y, x, (int)table->widths[i], column_title(table->columns[i], by),
			  style_of(is_sorted ? STYLE_TITLE_SORTED : STYLE_TITLES),
			  &(struct cells_form){.is_ascii = is_ascii, .is_right = column->is_right, .is_padded = true});
		x += (int)table->widths[i] + 1;
	}
}

static enum style style_of_cell(const struct picture_row *row, enum column column)
{
	bool has_verdict = !row->is_flow && row->verdict < LEDGER_VERDICT_COUNT;

	if (column == COLUMN_VERDICT && has_verdict)
		return style_of_verdict(row->verdict);
	if (column == COLUMN_NAME && has_verdict && row->verdict >= LEDGER_VERDICT_SUSPICIOUS)
		return style_of_verdict(row->verdict);
	if ((column == COLUMN_RULE || column == COLUMN_INCIDENT) && row->rule && row->is_alerting)
		return style_of_severity(row->severity);
	return STYLE_PLAIN;
}

/* What stands before the name of a row that is below another. */
static const char *branch(const struct listing_item *item, bool is_ascii)
{
	if (item->depth == 0)
		return "";
	if (is_ascii)
		return item->is_last ? "`- " : "|- ";
	return item->is_last ? "\u2514\u2500 " : "\u251c\u2500 ";
}

/* A name begins further right the deeper it is, and says how many of its like there are behind it. Returns how many
 * cells of the column are left. */
static int draw_branch(const struct table *table, const struct listing_item *item, int y, int x, int width, attr_t look)
{
	const struct cells_form form = {.is_ascii = table->state->options.is_ascii, .is_padded = true};
	const char *text = branch(item, form.is_ascii);
	int indent = item->depth > 1 ? 3 * (int)(item->depth - 1) : 0;

	if (item->depth == 0 || indent + 3 >= width)
		return 0;
	draw_text(y, x, indent, "", look, &form);
	draw_text(y, x + indent, 3, text, look, &form);
	return indent + 3;
}

static void draw_left_out(const struct table *table, const struct listing_item *item, int y, int x, int *width,
			  attr_t look)
{
	char text[48];
	int taken = snprintf(text, sizeof(text), " +%zu more", item->left_out);

	if (!item->left_out || *width < taken + 6)
		return;
	*width -= taken;
	draw_text(y, x + *width, taken, text, look, &(struct cells_form){.is_ascii = table->state->options.is_ascii});
}

/* A PID, an address: what a name must not lose. */
static bool begins_with_number(const struct picture_row *row)
{
	return row->is_flow || row->by == LEDGER_BY_PROCESS || row->by == LEDGER_BY_DESTINATION;
}

static void draw_name(const struct table *table, const struct listing_item *item, const char *text, int y, int x,
		      int width, attr_t look)
{
	int indent = draw_branch(table, item, y, x, width, look);

	x += indent;
	width -= indent;
	draw_left_out(table, item, y, x, &width, look);
	draw_text(y, x, width, text, look,
		  &(struct cells_form){
			  .is_ascii = table->state->options.is_ascii,
			  .cut = begins_with_number(item->row) ? CELLS_CUT_END : columns[COLUMN_NAME].cut,
			  .is_padded = true,
		  });
}

static void draw_row(const struct table *table, const struct listing_item *item, bool has_cursor, int y, int width)
{
	const bool is_ascii = table->state->options.is_ascii;
	const attr_t cursor = has_cursor ? A_REVERSE : 0;
	char text[COLUMN_TEXT_SIZE];
	int x = 0;

	if (has_cursor)
		draw_bar(y, width, "", NULL, A_REVERSE, is_ascii);
	for (size_t i = 0; i < table->count; i++) {
		const struct column_row *column = &columns[table->columns[i]];
		attr_t look = style_of(style_of_cell(item->row, table->columns[i])) | cursor;
		column_write(table->columns[i], item->row, table->now, table->widths[i], text);
		if (table->columns[i] == COLUMN_NAME)
			draw_name(table, item, text, y, x, (int)table->widths[i], look);
		else
			draw_text(y, x, (int)table->widths[i], text, look,
				  &(struct cells_form){
					  .is_ascii = is_ascii,
					  .cut = column->cut,
					  .is_right = column->is_right,
					  .is_padded = true,
				  });
		x += (int)table->widths[i] + 1;
	}
}

/* Why there is nothing to be seen. */
static const char *emptiness(const struct state *state)
{
	size_t count;

	picture_rows(state->picture, &count);
	if (count)
		return "no row has these words; Esc shows all";
	return picture_head(state->picture)->is_known ? "nobody has sent anything yet" : "waiting for the daemon";
}

void table_pane_draw(struct state *state, const struct draw_area *area)
{
	struct table table = choose(state, area->width);

	memcpy(state->shown, table.columns, sizeof(state->shown));
	state->shown_count = table.count;
	draw_titles(&table, area);
	for (int line = 0; line < area->height - 1; line++) {
		size_t place = state->top + (size_t)line;
		if (place >= state->listing.count)
			break;
		bool has_cursor = place == state->cursor && state->focus != FOCUS_ALERTS;
		draw_row(&table, &state->listing.items[place], has_cursor, area->y + 1 + line, area->width);
	}
	if (!state->listing.count && area->height > 1)
		draw_text(area->y + 1, 0, area->width, emptiness(state), style_of(STYLE_PLAIN),
			  &(struct cells_form){.is_ascii = state->options.is_ascii});
}

bool table_pane_column(const struct state *state, int width, int x, enum column *ret_column)
{
	struct table table = choose(state, width);

	for (size_t i = 0; i < table.count; i++) {
		if (x >= 0 && (size_t)x <= table.widths[i]) {
			*ret_column = table.columns[i];
			return true;
		}
		x -= (int)table.widths[i] + 1;
	}
	return false;
}
