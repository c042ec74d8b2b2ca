/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of JSON lines, as the daemon writes them, one line after the other: a file may have gigabytes, and its end may
 * be half a line. What is no JSON object is counted and left out.
 */
#ifndef SMTPWATCH_EXPLAIN_JSON_LINES_H
#define SMTPWATCH_EXPLAIN_JSON_LINES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_LINE_MAX 65536 /* bytes; the daemon's own have some thousand */

struct json_lines {
	uint64_t lines;     /* that were read */
	uint64_t bad;       /* of them, no JSON object, or longer than JSON_LINE_MAX */
	const char *wanted; /* borrowed. Only lines that have this text are parsed; NULL: all */
};

/* What is done with a line, which is borrowed. 0 or -errno, which ends the reading. */
typedef int (*json_line_taker)(void *context, const json_t *line);

/* Reads a stream to its end. 0 or -errno. */
int json_lines_read(struct json_lines *lines, FILE *stream, json_line_taker take, void *context);

/* The same for a file; "-" is standard input. */
int json_lines_read_file(struct json_lines *lines, const char *path, json_line_taker take, void *context);

/*
 * The files that a log of this name has become: FILE, FILE.1, FILE.2 and so on up to the first that is missing, the
 * oldest first. An array that the caller owns, as its texts, and gives back by json_lines_free_files(). 0, -ENOENT
 * where there is not even FILE, or -ENOMEM.
 */
int json_lines_find_rotated(const char *path, char ***ret_files, size_t *ret_count);
void json_lines_free_files(char **files, size_t count);

/* "3 lines were no JSON", where there were any, on standard error. */
void json_lines_tell(const struct json_lines *lines);

#endif
