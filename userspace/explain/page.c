// SPDX-License-Identifier: GPL-2.0-only
#include "explain/page.h"

#include "lib/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define COLUMNS 80
#define TEXT_SIZE 4096
#define ITEM_INDENT 13
#define INDENT_MAX 24

static const char blanks[INDENT_MAX + 1] = "                        ";

/* Lines begin with `first`, from the second on with `rest`: both are as wide as `width`. */
struct margin {
	const char *first;
	const char *rest;
	size_t width;
};

const char *page_show(char shown[PAGE_SHOWN_SIZE], const char *text)
{
	static const char cut[] = "...";
	size_t room = PAGE_SHOWN_SIZE - (sizeof(cut) - 1);
	size_t length = text_escape_again(shown, room, text ? text : "", text ? strlen(text) : 0);

	/* 12 bytes are more than the longest escape has: with less room, the end may be missing. */
	if (length + 12 > room)
		memcpy(shown + length, cut, sizeof(cut));
	return shown;
}

/* A column for each character: bytes that continue one are not counted. */
static size_t columns_of(const char *text, size_t size)
{
	size_t columns = 0;

	for (size_t i = 0; i < size; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

/* How many bytes of the text stand in one line: up to a blank, behind which it goes on. */
static size_t line_size(const char *text, size_t columns)
{
	size_t best = 0;

	for (size_t size = strcspn(text, " ");; size += 1 + strcspn(text + size + 1, " ")) {
		if (best > 0 && columns_of(text, size) > columns)
			return best;
		best = size;
		if (text[size] == '\0')
			return best;
	}
}

static void wrap(FILE *out, const struct margin *margin, const char *text)
{
	const char *start = margin->first;

	do {
		size_t size = line_size(text, COLUMNS - margin->width);
		fprintf(out, "%s%.*s\n", start, (int)size, text);
		text += size + (text[size] == ' ');
		start = margin->rest;
	} while (*text);
}

static void say(FILE *out, const struct margin *margin, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void say(FILE *out, const struct margin *margin, const char *format, va_list arguments)
{
	char text[TEXT_SIZE];

	vsnprintf(text, sizeof(text), format, arguments);
	wrap(out, margin, text);
}

void page_heading(FILE *out, const char *heading)
{
	fprintf(out, "\n%s\n", heading);
}

void page_say(FILE *out, unsigned int indent, const char *format, ...)
{
	size_t width = indent < INDENT_MAX ? indent : INDENT_MAX;
	const char *start = blanks + INDENT_MAX - width;
	const struct margin margin = {start, start, width};
	va_list arguments;

	va_start(arguments, format);
	say(out, &margin, format, arguments);
	va_end(arguments);
}

void page_item(FILE *out, const char *label, const char *format, ...)
{
	char first[ITEM_INDENT + 1];
	const struct margin margin = {first, blanks + INDENT_MAX - ITEM_INDENT, ITEM_INDENT};
	va_list arguments;

	snprintf(first, sizeof(first), "  %-*s", ITEM_INDENT - 2, label);
	va_start(arguments, format);
	say(out, &margin, format, arguments);
	va_end(arguments);
}

void page_comment(FILE *out, const char *format, ...)
{
	const struct margin margin = {"# ", "# ", 2};
	va_list arguments;

	va_start(arguments, format);
	say(out, &margin, format, arguments);
	va_end(arguments);
}
