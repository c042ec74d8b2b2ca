/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INI files through inih, with what it leaves out: the line of each key, a sentence for each error, and a
 * refusal of what it would silently split, cut or skip.
 */
#ifndef SMTPWATCH_LIB_INI_FILE_H
#define SMTPWATCH_LIB_INI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The sentence "FILE:LINE: what is wrong", ready to print: text from the file is escaped in it. */
#define INI_MESSAGE_SIZE 512
struct ini_error {
	char message[INI_MESSAGE_SIZE];
};

/* Where the reading stands. What a handler is told, and hands to ini_fail(). */
struct ini_place {
	const char *file;
	int line;       /* from 1 */
	bool continues; /* an indented line: it goes on with the key above, which has this name too */
	struct ini_error *error;
};

struct ini_handlers {
	/* A [section] was begun. NULL: any will do. 0, or -errno after ini_fail(). */
	int (*take_section)(void *context, const struct ini_place *place, const char *section);
	/* A key, or a further line of one. `section` is empty before the first one. 0, or -errno after ini_fail(). */
	int (*take_key)(void *context, const struct ini_place *place, const char *section, const char *key,
			const char *value);
};

/* Fills in the error as "FILE:LINE: ..." and returns -EINVAL. Text from the file must come through ini_show(). */
int ini_fail(const struct ini_place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text of the file, escaped and cut so that it can be shown. Returns `shown`. */
#define INI_SHOWN_SIZE 128
const char *ini_show(char shown[INI_SHOWN_SIZE], const char *text, size_t size);

/*
 * Reads a stream. `name` is the file's name for messages. Returns 0, or -errno with the first fault told;
 * keys behind a line that is no INI at all may have been handed out by then.
 */
int ini_read_stream(FILE *stream, const char *name, const struct ini_handlers *handlers, void *context,
		    struct ini_error *ret_error);

/* The same for a file. One that does not exist gives -ENOENT, with a message. */
int ini_read_file(const char *path, const struct ini_handlers *handlers, void *context, struct ini_error *ret_error);

#endif
