// SPDX-License-Identifier: GPL-2.0-only
#include "explain/text_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int text_set_add(struct text_set *set, const char *text)
{
	size_t at = 0;

	if (!text)
		return 0;
	for (; at < set->count; at++) {
		int order = strncmp(set->texts[at], text, TEXT_SET_TEXT_MAX);
		if (order == 0)
			return 0;
		if (order > 0)
			break;
	}
	if (set->count == TEXT_SET_MAX) {
		set->has_more = true;
		return 0;
	}
	char *copy = strndup(text, TEXT_SET_TEXT_MAX);
	if (!copy)
		return -ENOMEM;
	memmove(set->texts + at + 1, set->texts + at, (set->count - at) * sizeof(set->texts[0]));
	set->texts[at] = copy;
	set->count++;
	return 0;
}

void text_set_clear(struct text_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->texts[i]);
	*set = (struct text_set){0};
}
