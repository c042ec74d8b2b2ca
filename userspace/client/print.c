// SPDX-License-Identifier: GPL-2.0-only
#include "client/print.h"

#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/text.h"
#include "view/cells.h"

#include <assert.h>
#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

/* Select Graphic Rendition, ECMA-48 8.3.117: of the eight colours that are readable on a light and a dark ground. */
static const char *const colour_codes[] = {
	[COLOUR_PLAIN] = "",           [COLOUR_GOOD] = "\033[32m",    [COLOUR_FAINT] = "\033[2m",
	[COLOUR_NOTICE] = "\033[36m",  [COLOUR_WARNING] = "\033[33m", [COLOUR_BAD] = "\033[31m",
	[COLOUR_WORST] = "\033[1;31m",
};
static_assert(COUNT_OF(colour_codes) == COLOUR_COUNT, "a code for each");

static bool wants_colours(const struct arguments *arguments)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return !arguments->is_colourless && !(no_color && *no_color) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0;
}

struct print_style print_style_of(const struct arguments *arguments)
{
	bool is_terminal = isatty(STDOUT_FILENO);
	struct winsize size = {0};
	struct print_style style = {
		.has_colours = is_terminal && wants_colours(arguments),
		.is_ascii = arguments->is_ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
	};

	if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		style.width = size.ws_col;
	return style;
}

const char *print_begin(const struct print_style *style, enum colour colour)
{
	return style->has_colours ? colour_codes[colour] : "";
}

const char *print_end(const struct print_style *style, enum colour colour)
{
	return style->has_colours && colour != COLOUR_PLAIN ? "\033[0m" : "";
}

const char *print_show(const struct print_style *style, const char *text, char shown[PRINT_TEXT_SIZE])
{
	const struct cells_form form = {.is_ascii = style->is_ascii};
	char escaped[PRINT_TEXT_SIZE];

	text_escape_again(escaped, sizeof(escaped), text ? text : "", text ? strlen(text) : 0);
	cells_fit(shown, PRINT_TEXT_SIZE, escaped, PRINT_TEXT_SIZE, &form);
	return shown;
}

void complain(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("smtpwatch: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

int print_flush(void)
{
	int error = fflush(stdout) || ferror(stdout) ? -errno : 0;

	if (error == -EPIPE || !error)
		return error;
	fprintf(stderr, "smtpwatch: cannot write: %s\n", strerror(-error));
	return error;
}

/* Such a character can only stand inside of a text, where JSON has a form for it (RFC 8259 7). */
static void print_hidden(uint32_t code_point)
{
	if (code_point < 0x10000) {
		printf("\\u%04x", code_point);
		return;
	}
	code_point -= 0x10000;
	printf("\\u%04x\\u%04x", 0xd800 | code_point >> 10, 0xdc00 | (code_point & 0x3ff));
}

int print_json(const json_t *json)
{
	_cleanup_free_ char *text = json_dumps(json, JSON_COMPACT);
	const char *at = text;
	size_t left;

	if (!text)
		return -ENOMEM;
	for (left = strlen(text); left > 0;) {
		uint32_t code_point;
		size_t size = text_decode_utf8((const uint8_t *)at, left, &code_point);
		if (size == 0)
			return -EINVAL;
		if (code_point == 0x7f || (code_point > 0x7f && text_is_hidden(code_point)))
			print_hidden(code_point);
		else
			fwrite(at, 1, size, stdout);
		at += size;
		left -= size;
	}
	putchar('\n');
	return 0;
}
