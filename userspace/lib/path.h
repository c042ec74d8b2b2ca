/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths as texts: nothing in here asks the file system. */
#ifndef SMTPWATCH_LIB_PATH_H
#define SMTPWATCH_LIB_PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Turns the names of a path's components, the file's own first and each NUL-terminated, as the kernel's
 * records have them, into the path: "smtp\0sbin\0postfix\0" into "/postfix/sbin/smtp". `size` is not 0 and
 * counts the last NUL. `ret_path` has room for size + 2 bytes.
 */
void path_join_components(const char *components, size_t size, char *ret_path);

/*
 * Writes `path`, whose end is `path_size`, as an absolute path without ".", ".." and empty components; ".."
 * goes not above the root. A relative one begins at `directory`, which may be NULL where there is none. False:
 * there is no absolute directory to begin at, or the result does not fit.
 */
bool path_resolve(const char *directory, const char *path, size_t path_size, char *ret_path, size_t size);

/* The part behind the last slash. */
const char *path_file_name(const char *path);

#define PATH_PLAIN_SIZE 1024

/* Writes the path without ".", ".." and empty components; what does not fit is cut. A relative one stays relative.
 * Returns `text`. */
const char *path_plain(const char *path, char text[PATH_PLAIN_SIZE]);

/* Which of the directories, that end with NULL, the absolute path lies under, however it is spelled; NULL: none. */
const char *path_find_above(const char *path, const char *const *directories);

/* Which of the names, that end with NULL, a directory on the way to the file has, in whatever case; NULL: none. */
const char *path_find_folder(const char *path, const char *const *names);

#endif
