/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of a file that outlives the process, from who writes them to who reads them. */
#ifndef SMTPWATCH_TESTS_SUPPORT_KEPT_H
#define SMTPWATCH_TESTS_SUPPORT_KEPT_H

#include "lib/keep.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* Hands over the lines of a text, of which a copy is taken apart. Returns how many were refused. */
static inline size_t kept_take(const char *text, size_t size, int (*taker)(void *context, struct keep_line *line),
			       void *context)
{
	size_t refused = 0;

	for (const char *at = text, *end = text + size; at < end;) {
		const char *mark = (const char *)memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((mark ? mark : end) - at);
		char *line = (char *)malloc(length + 1); /* as large as it has to be, so that a sanitizer sees more */
		struct keep_line parsed;

		assert_non_null(line);
		memcpy(line, at, length);
		line[length] = '\0';
		refused += !mark || keep_parse(line, length, &parsed) != 0 || taker(context, &parsed) != 0;
		free(line);
		at += length + 1;
	}
	return refused;
}

#endif
