// SPDX-License-Identifier: GPL-2.0-only
#include "view/plain.h"

#include "view/alert_line.h"
#include "view/cells.h"

#include <string.h>

#define INDENT 2 /* blanks a level of children */
#define DEPTHS 4 /* more than there are levels */

/* What a cell is indented by. */
static size_t indent_of(const struct listing_item *item, enum column column)
{
	return column == COLUMN_NAME ? INDENT * (size_t)item->depth : 0;
}

struct table {
	enum column columns[COLUMN_COUNT];
	size_t widths[COLUMN_COUNT];
	size_t count;
	const struct plain_options *options;
	double now;
	size_t left_out[DEPTHS]; /* still to be said, behind what is deeper */
	FILE *out;
};

static void widen(size_t *width, size_t other)
{
	*width = other > *width ? other : *width;
}

/* All columns, each as wide as what stands in it. */
static void lay_out_widely(struct table *table, const struct listing *listing, size_t rows, enum ledger_by by)
{
	bool is_ascii = table->options->is_ascii;
	char text[COLUMN_TEXT_SIZE];

	table->count = columns_choose(by, COLUMN_COUNT * (size_t)PICTURE_TEXT_MAX, table->columns, table->widths);
	for (size_t i = 0; i < table->count; i++) {
		enum column column = table->columns[i];
		table->widths[i] = cells_width(column_title(column, by), is_ascii);
		for (size_t row = 0; row < rows; row++) {
			column_write(column, listing->items[row].row, table->now, SIZE_MAX, text);
			widen(&table->widths[i], cells_width(text, is_ascii) + indent_of(&listing->items[row], column));
		}
	}
}

/* Where nothing follows, the blanks behind a text are not printed. */
static void print_cell(const struct table *table, size_t i, const char *text, size_t indent, size_t *blanks)
{
	const struct column_row *column = &columns[table->columns[i]];
	struct cells_form form = {.is_ascii = table->options->is_ascii, .cut = column->cut};
	char fitted[COLUMN_TEXT_SIZE]; /* without padding it is never longer */
	size_t taken = cells_fit(fitted, sizeof(fitted), text, table->widths[i] - indent, &form);
	size_t rest = table->widths[i] - indent - taken;

	*blanks += indent + (column->is_right ? rest : 0);
	if (taken) {
		fprintf(table->out, "%*s%s", (int)*blanks, "", fitted);
		*blanks = 0;
	}
	*blanks += (column->is_right ? 0 : rest) + 1;
}

static void print_titles(const struct table *table, enum ledger_by by)
{
	size_t blanks = 0;

	for (size_t i = 0; i < table->count; i++)
		print_cell(table, i, column_title(table->columns[i], by), 0, &blanks);
	fputc('\n', table->out);
}

static void print_row(const struct table *table, const struct listing_item *item)
{
	char text[COLUMN_TEXT_SIZE];
	size_t blanks = 0;

	for (size_t i = 0; i < table->count; i++) {
		size_t width = table->widths[i];
		/* Deep children keep half of the column. */
		size_t indent = indent_of(item, table->columns[i]);
		indent = indent < width / 2 ? indent : width / 2;
		column_write(table->columns[i], item->row, table->now,
			     table->options->width ? width - indent : SIZE_MAX, text);
		print_cell(table, i, text, indent, &blanks);
	}
	fputc('\n', table->out);
}

/* Of the levels from `depth` on: they end here. */
static void print_left_out(struct table *table, size_t depth)
{
	for (size_t i = DEPTHS; i-- > depth;) {
		if (table->left_out[i])
			fprintf(table->out, "%*s%zu more\n", (int)(INDENT * i), "", table->left_out[i]);
		table->left_out[i] = 0;
	}
}

static void print_item(struct table *table, const struct listing_item *item)
{
	size_t depth = item->depth < DEPTHS ? item->depth : DEPTHS - 1;

	print_left_out(table, depth);
	print_row(table, item);
	table->left_out[depth] = item->left_out;
}

static void print_table(struct table *table, const struct picture *picture, const struct listing *listing)
{
	enum ledger_by by = picture_by(picture);
	size_t limit = table->options->rows;
	size_t rows = limit && limit < listing->count ? limit : listing->count;

	if (table->options->width)
		table->count = columns_choose(by, table->options->width, table->columns, table->widths);
	else
		lay_out_widely(table, listing, rows, by);
	print_titles(table, by);
	for (size_t i = 0; i < rows; i++)
		print_item(table, &listing->items[i]);
	print_left_out(table, 0);
	if (listing->count > rows)
		fprintf(table->out, "%zu more\n", listing->count - rows);
	if (listing->hidden)
		fprintf(table->out, "%zu hidden by the filter\n", listing->hidden);
}

static void print_alerts(const json_t *alerts, double now, const struct plain_options *options, FILE *out)
{
	const struct alert_line_options line_options = {options->width, now, options->is_ascii};
	size_t count = json_array_size(alerts);
	char line[ALERT_LINE_SIZE];

	for (size_t i = count > options->alerts ? count - options->alerts : 0; i < count; i++) {
		alert_line_write(json_array_get(alerts, i), &line_options, line);
		fprintf(out, "%s\n", line);
	}
}

static void print_head(const struct picture *picture, const struct plain_options *options, FILE *out)
{
	char lines[PLAIN_HEAD_LINES][PLAIN_LINE_SIZE];
	size_t count = plain_format_head(picture, options->width, options->is_ascii, lines);

	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\n", lines[i]);
}

void plain_print(const struct picture *picture, const struct listing *listing, const struct plain_options *options,
		 FILE *out)
{
	const json_t *alerts = picture_alerts(picture);
	struct table table = {.options = options, .now = picture_head(picture)->now, .out = out};

	print_head(picture, options, out);
	fputc('\n', out);
	print_table(&table, picture, listing);
	if (options->alerts && json_array_size(alerts) > 0) {
		fputc('\n', out);
		print_alerts(alerts, table.now, options, out);
	}
}
