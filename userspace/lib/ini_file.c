// SPDX-License-Identifier: GPL-2.0-only
#include "lib/ini_file.h"

#include "lib/cleanup.h"
#include "lib/text.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

struct reading {
	FILE *stream;
	struct ini_place place;
	ini_take_key take_key;
	void *context;
	int error; /* the first one; nothing is taken after it */
};

int ini_fail(const struct ini_place *place, const char *format, ...)
{
	char *message = place->error->message;
	va_list arguments;

	int used = snprintf(message, INI_MESSAGE_SIZE, "%s:%u: ", place->file, place->line);
	if (used < 0 || used >= INI_MESSAGE_SIZE)
		return -EINVAL;
	va_start(arguments, format);
	vsnprintf(message + used, INI_MESSAGE_SIZE - (size_t)used, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

/* Where the NUL lies that fgets() wrote: the last byte that is not of the filling. */
static size_t end_of_line(const char *line, size_t size)
{
	while (size > 0 && line[size - 1] == '\n')
		size--;
	return size - 1;
}

/* inih's reader. Counts lines, and refuses what inih would silently split or cut. */
static char *read_line(char *line, int size, void *context)
{
	struct reading *reading = context;

	if (reading->error)
		return NULL;
	memset(line, '\n', (size_t)size);
	if (!fgets(line, size, reading->stream))
		return NULL;
	reading->place.line++;
	size_t length = strlen(line);
	if (length != end_of_line(line, (size_t)size))
		reading->error = ini_fail(&reading->place, "a NUL byte: this is no text file");
	else if (length + 1 == (size_t)size && line[length - 1] != '\n')
		reading->error =
			ini_fail(&reading->place,
				 "longer than %d bytes: divide a list into several lines of the same key", size - 2);
	return reading->error ? NULL : line;
}

static int forward_key(void *context, const char *section, const char *key, const char *value)
{
	struct reading *reading = context;

	if (!reading->error)
		reading->error = reading->take_key(reading->context, &reading->place, section, key, value);
	return 1;
}

int ini_read_stream(FILE *stream, const char *name, ini_take_key take_key, void *context, struct ini_error *ret_error)
{
	struct reading reading = {
		.stream = stream,
		.place = {.file = name, .error = ret_error},
		.take_key = take_key,
		.context = context,
	};
	int bad_line = ini_parse_stream(read_line, &reading, forward_key, &reading);
	if (reading.error)
		return reading.error;
	if (bad_line < 0)
		return -ENOMEM;
	if (ferror(stream)) {
		snprintf(ret_error->message, INI_MESSAGE_SIZE, "cannot read %s: %s", name, strerror(EIO));
		return -EIO;
	}
	if (bad_line > 0) {
		reading.place.line = (unsigned int)bad_line;
		return ini_fail(&reading.place, "not a [section], a comment or key = value");
	}
	return 0;
}

int ini_read_file(const char *path, ini_take_key take_key, void *context, struct ini_error *ret_error)
{
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	struct stat status;
	int error = stream ? 0 : errno;

	if (stream && fstat(fileno(stream), &status) == 0 && S_ISDIR(status.st_mode))
		error = EISDIR;
	if (error) {
		snprintf(ret_error->message, INI_MESSAGE_SIZE, "cannot read %s: %s", path, strerror(error));
		return -error;
	}
	return ini_read_stream(stream, path, take_key, context, ret_error);
}
