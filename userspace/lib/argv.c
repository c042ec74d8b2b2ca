// SPDX-License-Identifier: GPL-2.0-only
#include "lib/argv.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define BLANKS " \t"

/* Copies one word and moves both on; false where a quote or a backslash has no end. The text is not at its end. */
static bool take_word(const char **text, char **target)
{
	const char *next = *text;
	char quote = '\0';

	for (; *next != '\0' && (quote || !strchr(BLANKS, *next)); next++) {
		if (*next == '\\' && quote != '\'') {
			next++;
			if (*next == '\0')
				return false;
		} else if (quote ? *next == quote : *next == '"' || *next == '\'') {
			quote = quote ? '\0' : *next;
			continue;
		}
		*(*target)++ = *next;
	}
	*(*target)++ = '\0';
	*text = next;
	return quote == '\0';
}

int argv_split(const char *text, char ***ret_argv, const char **ret_reason)
{
	/* The pointers, and behind them the words: none is longer than what it was made of, and each has its NUL. */
	const size_t table_size = (ARGV_MAX + 1) * sizeof(char *);
	_cleanup_free_ char **argv = calloc(1, table_size + strlen(text) + 1);
	size_t count = 0;

	if (!argv)
		return -ENOMEM;
	char *target = (char *)argv + table_size;
	for (text += strspn(text, BLANKS); *text != '\0'; text += strspn(text, BLANKS)) {
		if (count == ARGV_MAX) {
			*ret_reason = "it has too many words";
			return -EINVAL;
		}
		argv[count++] = target;
		if (!take_word(&text, &target)) {
			*ret_reason = "a quote or a backslash lacks what belongs behind it";
			return -EINVAL;
		}
	}
	if (count == 0 || argv[0][0] != '/') {
		*ret_reason = "its first word is an absolute path, one that begins with /";
		return -EINVAL;
	}
	*ret_argv = TAKE_PTR(argv);
	return 0;
}
