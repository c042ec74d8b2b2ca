/* SPDX-License-Identifier: GPL-2.0-only */
/* Values inside a JSON line by their path: "process.parent.pid". What is not there, or of another type, is not known.
 */
#ifndef SMTPWATCH_EXPLAIN_JSON_PATH_H
#define SMTPWATCH_EXPLAIN_JSON_PATH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Borrowed, or NULL. */
const json_t *json_path_at(const json_t *line, const char *path);

/* Borrowed. NULL: none, an empty one, or one with a NUL in it, whose beginning is another text. */
const char *json_path_text(const json_t *line, const char *path);

/* 0 where it is none or negative. */
uint64_t json_path_number(const json_t *line, const char *path);

bool json_path_flag(const json_t *line, const char *path);

#endif
