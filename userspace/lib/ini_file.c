// SPDX-License-Identifier: GPL-2.0-only
/*
 * inih reads the lines and takes them apart. What it does not do is done in the function that hands it the
 * lines: count them, since its handler gets no line number as the library is packaged; refuse what is too
 * long or no text; and look at section headers, of which it tells only together with a key.
 */
#include "lib/ini_file.h"

#include "lib/cleanup.h"
#include "lib/text.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

#define SHOWN_PATH_SIZE 192
#define LINES_MAX 65536 /* a pipe may have no end; a file of so many lines is no configuration */
#define BLANKS " \t"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct reading {
	FILE *stream;
	struct ini_place place;
	const struct ini_handlers *handlers;
	void *context;
	int result; /* 0 until something was refused */
	int failed_line;
	bool in_key; /* an indented line would continue a key */
};

const char *ini_show(char shown[INI_SHOWN_SIZE], const char *text, size_t size)
{
	text_escape(shown, INI_SHOWN_SIZE, text, size);
	return shown;
}

static const char *show_path(char shown[SHOWN_PATH_SIZE], const char *path)
{
	text_escape(shown, SHOWN_PATH_SIZE, path, strlen(path));
	return shown;
}

__attribute__((format(printf, 2, 0))) static void say(const struct ini_place *place, const char *format,
						      va_list arguments)
{
	char *message = place->error->message;
	char shown[SHOWN_PATH_SIZE];

	snprintf(message, INI_MESSAGE_SIZE, "%s:%d: ", show_path(shown, place->file), place->line);
	size_t length = strlen(message);
	vsnprintf(message + length, INI_MESSAGE_SIZE - length, format, arguments);
}

int ini_fail(const struct ini_place *place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(place, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static void note_failure(struct reading *reading, int error)
{
	if (!error)
		return;
	reading->result = error;
	reading->failed_line = reading->place.line;
}

/* Says "cannot read PATH: error" and returns `error`. */
static int refuse_file(const char *path, int error, struct ini_error *ret_error)
{
	char shown[SHOWN_PATH_SIZE];

	snprintf(ret_error->message, INI_MESSAGE_SIZE, "cannot read %s: %s", show_path(shown, path), strerror(-error));
	return error;
}

/* A byte, or EOF. A line may end in CR LF. */
static int next_byte(FILE *stream)
{
	int byte = getc(stream);
	if (byte != '\r')
		return byte;
	int next = getc(stream);
	if (next == '\n')
		return next;
	ungetc(next, stream);
	return byte;
}

/* Takes one line, without its end. Returns false at the end of the file and where the line is refused. */
static bool take_line(struct reading *reading, char *line, size_t size)
{
	size_t length = 0;
	int byte;

	while ((byte = next_byte(reading->stream)) != EOF && byte != '\n') {
		if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
			note_failure(reading,
				     ini_fail(&reading->place, "control character \\x%02x: this is no text file",
					      (unsigned int)byte));
			return false;
		}
		if (length == size - 1) {
			note_failure(reading, ini_fail(&reading->place, "the line is too long: it may have %zu bytes",
						       size - 1));
			return false;
		}
		line[length++] = (char)byte;
	}
	if (ferror(reading->stream)) {
		note_failure(reading,
			     refuse_file(reading->place.file, errno > 0 ? -errno : -EIO, reading->place.error));
		return false;
	}
	line[length] = '\0';
	return byte != EOF || length > 0;
}

/* Takes "name] rest", of which inih cuts a long name and skips the rest. */
static int begin_section(const struct reading *reading, const char *header)
{
	size_t length = strcspn(header, "]");
	const char *rest = header + length;
	char shown[INI_SHOWN_SIZE];
	int error = 0;

	if (*rest == '\0') /* inih finds the missing bracket itself */
		return 0;
	if (reading->handlers->take_section) {
		_cleanup_free_ char *name = strndup(header, length);
		error = name ? reading->handlers->take_section(reading->context, &reading->place, name) : -ENOMEM;
	}
	rest++;
	rest += strspn(rest, BLANKS);
	if (!error && *rest != '\0' && *rest != ';' && *rest != '#')
		error = ini_fail(&reading->place, "\"%s\" stands behind a section; it needs a line of its own",
				 ini_show(shown, rest, strlen(rest)));
	return error;
}

/* inih leaves the comment behind an indented line in the value. */
static void cut_comment(char *text)
{
	while (*text != '\0' && !(strchr(BLANKS, text[0]) && text[1] == ';'))
		text++;
	*text = '\0';
}

/* Tells what kind of line inih is about to see, as inih will take it. */
static void inspect_line(struct reading *reading, char *line)
{
	char *text = line + strspn(line, BLANKS);

	reading->place.continues = reading->in_key && text > line;
	if (reading->place.continues) {
		cut_comment(text);
	} else if (*text == '[') {
		reading->in_key = false;
		note_failure(reading, begin_section(reading, text + 1));
	}
}

/* The ini_reader: like fgets(), for inih. */
static char *read_line(char *line, int size, void *context)
{
	struct reading *reading = context;

	if (reading->result)
		return NULL;
	reading->place.line++;
	if (!take_line(reading, line, (size_t)size))
		return NULL;
	if (reading->place.line > LINES_MAX)
		note_failure(reading, ini_fail(&reading->place, "a configuration has at most %d lines", LINES_MAX));
	if (reading->place.line == 1 && strncmp(line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		memmove(line, line + strlen(BYTE_ORDER_MARK), strlen(line + strlen(BYTE_ORDER_MARK)) + 1);
	inspect_line(reading, line);
	return reading->result ? NULL : line;
}

/* inih takes '#' for a comment only at the start of a line, and no value has a use for a word with it. */
static bool has_hash_comment(const char *value)
{
	return *value == '#' || strstr(value, " #") || strstr(value, "\t#");
}

/* The ini_handler. Returns 0 where the line is refused. */
static int handle_key(void *context, const char *section, const char *key, const char *value)
{
	struct reading *reading = context;
	int error;

	reading->in_key = true;
	if (has_hash_comment(value))
		error = ini_fail(&reading->place, "a comment behind a value begins with \";\", not with \"#\"");
	else
		error = reading->handlers->take_key(reading->context, &reading->place, section, key, value);
	note_failure(reading, error);
	return error == 0;
}

/* Of several faults the one in the first line is told, whichever layer found it. */
int ini_read_stream(FILE *stream, const char *name, const struct ini_handlers *handlers, void *context,
		    struct ini_error *ret_error)
{
	struct reading reading = {
		.stream = stream,
		.place = {.file = name, .error = ret_error},
		.handlers = handlers,
		.context = context,
	};
	int bad_line = ini_parse_stream(read_line, &reading, handle_key, &reading);

	if (bad_line < 0)
		return refuse_file(name, -ENOMEM, ret_error);
	if (bad_line == 0 || (reading.result && bad_line >= reading.failed_line))
		return reading.result;
	reading.place.line = bad_line;
	return ini_fail(&reading.place, "not a section, comment or key = value");
}

int ini_read_file(const char *path, const struct ini_handlers *handlers, void *context, struct ini_error *ret_error)
{
	_cleanup_fclose_ FILE *stream = fopen(path, "re");

	if (!stream)
		return refuse_file(path, -errno, ret_error);
	return ini_read_stream(stream, path, handlers, context, ret_error);
}
