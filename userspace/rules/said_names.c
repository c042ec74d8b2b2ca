// SPDX-License-Identifier: GPL-2.0-only
#include "rules/said_names.h"

#include <stdbool.h>
#include <string.h>

static bool is_old(uint64_t seen_ns, uint64_t now_ns, uint64_t window_ns)
{
	return now_ns >= window_ns && seen_ns <= now_ns - window_ns;
}

void said_names_add(struct said_names *names, const char *name, uint64_t now_ns, uint64_t window_ns)
{
	char text[SAID_NAME_SIZE] = "";
	size_t kept = 0;

	memcpy(text, name, strnlen(name, sizeof(text) - 1));
	for (size_t i = 0; i < names->count; i++)
		if (!is_old(names->entries[i].seen_ns, now_ns, window_ns) && strcmp(names->entries[i].text, text) != 0)
			names->entries[kept++] = names->entries[i];
	if (kept == SAID_NAMES_MAX)
		memmove(&names->entries[0], &names->entries[1], --kept * sizeof(names->entries[0]));
	memcpy(names->entries[kept].text, text, sizeof(text));
	names->entries[kept].seen_ns = now_ns;
	names->count = kept + 1;
}
