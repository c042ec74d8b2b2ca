// SPDX-License-Identifier: GPL-2.0-only
#include "view/cells.h"

#include "lib/text.h"

#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define CUT_MARK '~'
#define SUBSTITUTE '?'
#define MARKS_MAX 2
#define GLYPH_SIZE (4 * (1 + MARKS_MAX))

/* What stands in a cell, or in two: a character with its marks. */
struct glyph {
	char bytes[GLYPH_SIZE];
	size_t size;
	size_t width;
};

/* What is left to be read. */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool is_ascii;
};

/* The next character and how many cells it takes: 0 is a mark, -1 nothing that may be shown. Returns its bytes. */
static size_t peek(const struct reader *reader, int *ret_width)
{
	uint32_t code_point;
	size_t size;

	if (*reader->at >= 0x20 && *reader->at < 0x7f) {
		*ret_width = 1;
		return 1;
	}
	size = text_decode_utf8(reader->at, (size_t)(reader->end - reader->at), &code_point);
	*ret_width = size < 2 || text_is_hidden(code_point) ? -1 : wcwidth((wchar_t)code_point);
	return size ? size : 1;
}

/* Passes over the marks that follow, and keeps some. */
static void take_marks(struct reader *reader, struct glyph *glyph)
{
	int width;

	for (size_t marks = 0; reader->at < reader->end; marks++) {
		size_t size = peek(reader, &width);
		if (width != 0)
			return;
		if (marks < MARKS_MAX && !reader->is_ascii) {
			memcpy(glyph->bytes + glyph->size, reader->at, size);
			glyph->size += size;
		}
		reader->at += size;
	}
}

/* False: there is nothing more. */
static bool next_glyph(struct reader *reader, struct glyph *ret_glyph)
{
	int width;

	if (reader->at == reader->end)
		return false;
	size_t size = peek(reader, &width);
	/* A mark comes first only where it has no character to stand on. */
	if (width <= 0 || (reader->is_ascii && size > 1)) {
		*ret_glyph = (struct glyph){.bytes = {SUBSTITUTE}, .size = 1, .width = 1};
	} else {
		*ret_glyph = (struct glyph){.size = size, .width = (size_t)width};
		memcpy(ret_glyph->bytes, reader->at, size);
	}
	reader->at += size;
	take_marks(reader, ret_glyph);
	return true;
}

static struct reader reader_of(const char *text, bool is_ascii)
{
	const uint8_t *bytes = (const uint8_t *)(text ? text : "");
	return (struct reader){.at = bytes, .end = bytes + strlen((const char *)bytes), .is_ascii = is_ascii};
}

size_t cells_width(const char *text, bool is_ascii)
{
	struct reader reader = reader_of(text, is_ascii);
	struct glyph glyph;
	size_t width = 0;

	while (next_glyph(&reader, &glyph))
		width += glyph.width;
	return width;
}

/* What is written to. */
struct writer {
	char *target;
	size_t room; /* without NUL */
	size_t length;
	size_t width;
};

static void put_glyph(struct writer *writer, const struct glyph *glyph)
{
	if (glyph->size > writer->room - writer->length) {
		writer->room = writer->length; /* or a smaller one behind it would take its place */
		return;
	}
	memcpy(writer->target + writer->length, glyph->bytes, glyph->size);
	writer->length += glyph->size;
	writer->width += glyph->width;
}

static void put_character(struct writer *writer, char character, size_t count)
{
	const struct glyph glyph = {.bytes = {character}, .size = 1, .width = 1};

	for (size_t i = 0; i < count; i++)
		put_glyph(writer, &glyph);
}

/* Writes from `reader` what fits into `width` cells. Where a character does not, the reader is behind it. */
static void put_head(struct writer *writer, struct reader *reader, size_t width, size_t *ret_read)
{
	struct glyph glyph;
	size_t used = 0;

	*ret_read = 0;
	while (used < width && next_glyph(reader, &glyph)) {
		*ret_read += glyph.width;
		if (used + glyph.width > width)
			return;
		used += glyph.width;
		put_glyph(writer, &glyph);
	}
}

/* How many cells before the mark of a cut. */
static size_t head_width(enum cells_cut cut, size_t width)
{
	if (cut == CELLS_CUT_START)
		return 0;
	return cut == CELLS_CUT_MIDDLE ? width * 2 / 5 : width;
}

/* Of a text of `total` cells, which are more than `width`, at least 1. */
static void put_cut(struct writer *writer, struct reader reader, size_t total, size_t width, enum cells_cut cut)
{
	size_t head = head_width(cut, width - 1);
	size_t tail = width - 1 - head;
	struct glyph glyph;
	size_t read;

	put_head(writer, &reader, head, &read);
	put_character(writer, CUT_MARK, 1);
	while (total - read > tail && next_glyph(&reader, &glyph))
		read += glyph.width;
	while (tail > 0 && next_glyph(&reader, &glyph))
		put_glyph(writer, &glyph);
}

size_t cells_fit(char *target, size_t size, const char *text, size_t width, const struct cells_form *form)
{
	struct writer writer = {.target = target, .room = size - 1};
	struct reader reader = reader_of(text, form->is_ascii);
	size_t total = cells_width(text, form->is_ascii);
	size_t read;

	if (form->is_padded && form->is_right && total < width)
		put_character(&writer, ' ', width - total);
	if (total <= width)
		put_head(&writer, &reader, width, &read);
	else if (width > 0)
		put_cut(&writer, reader, total, width, form->cut);
	if (form->is_padded)
		put_character(&writer, ' ', width - writer.width);
	target[writer.length] = '\0';
	return writer.width;
}
