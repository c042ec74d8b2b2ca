// SPDX-License-Identifier: GPL-2.0-only
#include "capture/off_port.h"

#include <string.h>
#include <strings.h>

#define VERB_SIZE (sizeof("EHLO ") - 1)

static size_t trimmed(const uint8_t *text, size_t size)
{
	while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
		size--;
	return size;
}

/* The length of the line, without its end; 0: the segment is not exactly one. */
static size_t line_length(const uint8_t *segment, size_t size)
{
	if (size == 0 || segment[size - 1] != '\n')
		return 0;
	size--;
	if (size > 0 && segment[size - 1] == '\r')
		size--;
	return memchr(segment, '\n', size) ? 0 : trimmed(segment, size);
}

bool off_port_read(const uint8_t *segment, size_t size, char ret_name[DIALOGUE_NAME_SIZE], bool *ret_is_extended)
{
	size_t length = line_length(segment, size);
	size_t at = VERB_SIZE;

	if (length <= VERB_SIZE || length >= VERB_SIZE + DIALOGUE_NAME_SIZE)
		return false;
	bool is_extended = strncasecmp((const char *)segment, "EHLO ", VERB_SIZE) == 0;
	if (!is_extended && strncasecmp((const char *)segment, "HELO ", VERB_SIZE) != 0)
		return false;
	while (at < length && segment[at] == ' ')
		at++;
	for (size_t i = at; i < length; i++)
		if (segment[i] <= ' ' || segment[i] == 0x7f)
			return false;
	if (at == length)
		return false;
	memcpy(ret_name, segment + at, length - at);
	ret_name[length - at] = '\0';
	*ret_is_extended = is_extended;
	return true;
}
