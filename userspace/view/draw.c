// SPDX-License-Identifier: GPL-2.0-only
#include "view/draw.h"

#include <string.h>

#define TEXT_SIZE 16384 /* more cells than a screen has in a line */

int draw_text(int y, int x, int width, const char *text, attr_t attributes, const struct cells_form *form)
{
	char fit[TEXT_SIZE];

	if (width <= 0)
		return 0;
	size_t taken = cells_fit(fit, sizeof(fit), text, (size_t)width, form);
	attrset((int)attributes);
	mvaddstr(y, x, fit);
	attrset(A_NORMAL);
	return (int)taken;
}

void draw_bar(int y, int width, const char *left, const char *right, attr_t attributes, bool is_ascii)
{
	const struct cells_form form = {.is_ascii = is_ascii, .is_padded = true};
	int right_width = right ? (int)cells_width(right, is_ascii) : 0;

	draw_text(y, 0, width, left, attributes, &form);
	if (right_width && right_width < width)
		draw_text(y, width - right_width, right_width, right, attributes, &form);
}

void draw_ruler(int y, int width, const char *left, const char *right, bool is_ascii)
{
	const struct cells_form form = {.is_ascii = is_ascii};
	int right_width = (int)cells_width(right, is_ascii);

	for (int x = 0; x < width; x++)
		draw_text(y, x, 1, is_ascii ? "-" : "\u2500", style_of(STYLE_RULER), &form);
	draw_text(y, 2, width - 4, left, style_of(STYLE_STRONG), &form);
	if (right_width + (int)cells_width(left, is_ascii) + 6 <= width)
		draw_text(y, width - right_width - 2, right_width, right, style_of(STYLE_PLAIN), &form);
}
