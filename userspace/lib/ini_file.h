/* SPDX-License-Identifier: GPL-2.0-only */
/* INI files through inih, with what it leaves out: the line of each key, and a sentence for each error. */
#ifndef SMTPWATCH_LIB_INI_FILE_H
#define SMTPWATCH_LIB_INI_FILE_H

#include <stddef.h>
#include <stdio.h>

/* The sentence "FILE:LINE: what is wrong", ready to print: text from the file is escaped in it. */
#define INI_MESSAGE_SIZE 512
struct ini_error {
	char message[INI_MESSAGE_SIZE];
};

/* Where the parser stands; what a handler is told beside the key. */
struct ini_place {
	const char *file;
	unsigned int line;
	struct ini_error *error;
};

/* Takes one key. 0, or -errno after ini_fail(). `section` is empty before the first one. */
typedef int (*ini_take_key)(void *context, const struct ini_place *place, const char *section, const char *key,
			    const char *value);

/* Fills in the error as "FILE:LINE: ..." and returns -EINVAL. */
int ini_fail(const struct ini_place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads a stream to its end or to the first error. `name` is the file's name for messages. 0 or -errno. */
int ini_read_stream(FILE *stream, const char *name, ini_take_key take_key, void *context, struct ini_error *ret_error);

/* The same for a file. One that does not exist gives -ENOENT, with a message. */
int ini_read_file(const char *path, ini_take_key take_key, void *context, struct ini_error *ret_error);

#endif
