/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns that find the name of a site in a path: /home/USER/web/{site}. A component is "{site}", which
 * captures the one at its place, or a pattern of fnmatch(3) that matches one: *, ?, [a-z].
 */
#ifndef SMTPWATCH_LIB_PATH_PATTERN_H
#define SMTPWATCH_LIB_PATH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with a pattern, as a sentence; NULL: nothing. */
const char *path_pattern_check(const char *pattern);

/*
 * Whether `path`, absolute and resolved as by path_resolve(), lies under what the pattern, which
 * path_pattern_check() has passed, stands for; a directory may also be that itself. Then `ret_site`, if that
 * fits, has what was captured, joined by '/'. Otherwise its content is undefined.
 */
bool path_pattern_match(const char *pattern, const char *path, bool is_directory, char *ret_site, size_t size);

#endif
