/* SPDX-License-Identifier: GPL-2.0-only */
/* What a path says by its words alone. It is never looked up: it is of whoever attacks, and it can be gone. */
#ifndef SMTPWATCH_RULES_PATHS_H
#define SMTPWATCH_RULES_PATHS_H

#include <smtpwatch/script.h>
#include <stdbool.h>
#include <stddef.h>

#define PATH_PLAIN_SIZE 1024

/* Writes the path without ".", ".." and empty components; what does not fit is cut. A relative one stays relative.
 * Returns `text`. */
const char *path_plain(const char *path, char text[PATH_PLAIN_SIZE]);

/* Behind the last slash. */
const char *path_name(const char *path);

/* Which of the directories, that end with NULL, the absolute path lies under, however it is spelled; NULL: none. */
const char *path_find_above(const char *path, const char *const *directories);

/* Which of the names, that end with NULL, a directory on the way to the file has, in whatever case; NULL: none. */
const char *path_find_folder(const char *path, const char *const *names);

/* The path of a script that is a file; NULL where there is none, or only a pool or a directory is known. */
const char *path_of_script(const struct script *script);

#endif
