// SPDX-License-Identifier: GPL-2.0-only
#include "lib/copy.h"

#include <stdlib.h>
#include <string.h>

static char **text_at(void *object, size_t offset)
{
	return (char **)((char *)object + offset);
}

void *copy_with_texts(const void *source, size_t size, const size_t *offsets, size_t count)
{
	size_t room = size;
	char *const *text;

	for (size_t i = 0; i < count; i++) {
		text = (char *const *)((const char *)source + offsets[i]);
		room += *text ? strlen(*text) + 1 : 0;
	}
	char *copy = malloc(room);
	if (!copy)
		return NULL;
	memcpy(copy, source, size);
	char *end = copy + size;
	for (size_t i = 0; i < count; i++) {
		char **own = text_at(copy, offsets[i]);
		if (!*own)
			continue;
		size_t length = strlen(*own) + 1;
		*own = memcpy(end, *own, length);
		end += length;
	}
	return copy;
}
