// SPDX-License-Identifier: GPL-2.0-only
#include "view/wrapped.h"

#include "view/cells.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_SIZE 4096
#define SECOND_COLUMN_MAX 24 /* a second column that begins further right leaves too little room */

void wrapped_release(struct wrapped *wrapped)
{
	free(wrapped->text);
	free(wrapped->lines);
	*wrapped = (struct wrapped){0};
}

void wrapped_set(struct wrapped *wrapped, char *text)
{
	free(wrapped->text);
	wrapped->text = text;
	wrapped->count = 0;
	wrapped->width = 0;
}

static size_t smaller(size_t left, size_t right)
{
	return left < right ? left : right;
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t width_of(const char *text, size_t length, bool is_ascii)
{
	char piece[PIECE_SIZE];

	memcpy(piece, text, length);
	piece[length] = '\0';
	return cells_width(piece, is_ascii);
}

/* How many bytes of a text take at most `width` cells, one character at least. */
static size_t bytes_that_fit(const char *text, size_t length, size_t width, bool is_ascii)
{
	size_t fits = 0;
	size_t too_much = smaller(length, PIECE_SIZE - 1) + 1;

	while (too_much - fits > 1) {
		size_t middle = fits + (too_much - fits) / 2;
		size_t whole = middle;
		while (whole < length && is_continuation(text[whole]))
			whole++;
		if (whole < too_much && width_of(text, whole, is_ascii) <= width)
			fits = whole;
		else
			too_much = middle;
	}
	if (fits > 0)
		return fits;
	for (fits = 1; fits < length && is_continuation(text[fits]); fits++)
		;
	return fits;
}

/* The same, but that it ends behind a blank where one is not far. */
static size_t bytes_of_line(const char *text, size_t length, size_t width, bool is_ascii)
{
	size_t fits = bytes_that_fit(text, length, width, is_ascii);

	if (fits == length || text[fits] == ' ')
		return fits;
	for (size_t end = fits; end > fits - fits / 3; end--)
		if (text[end - 1] == ' ')
			return end;
	return fits;
}

/* Where a line that is too long goes on: under its second column, else under its beginning. */
static size_t second_column(const char *text, size_t length)
{
	size_t begin = 0;

	while (begin < length && text[begin] == ' ')
		begin++;
	for (size_t i = begin + 1; i + 1 < length && i < SECOND_COLUMN_MAX; i++) {
		if (text[i - 1] != ' ' || text[i] != ' ')
			continue;
		while (i < length && text[i] == ' ')
			i++;
		return i <= SECOND_COLUMN_MAX ? i : begin;
	}
	return begin;
}

static int append(struct wrapped *wrapped, const struct wrapped_line *line)
{
	if (wrapped->count == wrapped->capacity) {
		size_t capacity = wrapped->capacity ? 2 * wrapped->capacity : 64;
		struct wrapped_line *lines = reallocarray(wrapped->lines, capacity, sizeof(*lines));
		if (!lines)
			return -ENOMEM;
		wrapped->lines = lines;
		wrapped->capacity = capacity;
	}
	wrapped->lines[wrapped->count++] = *line;
	return 0;
}

static int wrap_line(struct wrapped *wrapped, size_t start, size_t length, bool is_ascii)
{
	size_t column = second_column(wrapped->text + start, length);
	size_t hanging = column < wrapped->width / 2 ? column : 0;
	size_t indent = 0;

	do {
		const char *rest = wrapped->text + start;
		size_t taken = bytes_of_line(rest, length, wrapped->width - indent, is_ascii);
		if (length == 0)
			taken = 0;
		int r = append(wrapped, &(struct wrapped_line){start, taken, indent});
		if (r < 0)
			return r;
		while (taken < length && rest[taken] == ' ')
			taken++;
		start += taken;
		length -= taken;
		indent = hanging;
	} while (length > 0 && wrapped->count < WRAPPED_LINES_MAX);
	return 0;
}

int wrapped_make(struct wrapped *wrapped, size_t width, bool is_ascii)
{
	size_t start = 0;

	if (!wrapped->text || wrapped->width == width)
		return 0;
	wrapped->count = 0;
	wrapped->width = width;
	while (wrapped->text[start] && wrapped->count < WRAPPED_LINES_MAX) {
		size_t length = strcspn(wrapped->text + start, "\n");
		int r = wrap_line(wrapped, start, length, is_ascii);
		if (r < 0)
			return r;
		start += length + (wrapped->text[start + length] == '\n');
	}
	return 0;
}

void wrapped_copy(const struct wrapped *wrapped, size_t number, char *target, size_t size)
{
	const struct wrapped_line *line = &wrapped->lines[number];
	size_t indent = smaller(line->indent, size - 1);
	size_t length = smaller(line->length, size - 1 - indent);

	memset(target, ' ', indent);
	memcpy(target + indent, wrapped->text + line->start, length);
	target[indent + length] = '\0';
}
