// SPDX-License-Identifier: GPL-2.0-only
#include "capture/redact.h"

#include <stdbool.h>
#include <string.h>

#define ENCODED_AT "%40" /* RFC 3986 2.1 */

/* The length of an @ at this place, in either form; 0: there is none. */
static size_t at_length(const char *text)
{
	if (*text == '@')
		return 1;
	return strncmp(text, ENCODED_AT, sizeof(ENCODED_AT) - 1) == 0 ? sizeof(ENCODED_AT) - 1 : 0;
}

/* Whether a character can stand in what is before an @ without quotes: more than RFC 5321 4.1.2 (atext and dots)
 * allows, as receivers quote what they were given. */
static bool is_local(char character)
{
	return (unsigned char)character > ' ' && !strchr("<>()[]\"',:;/?&", character);
}

/* Where what was copied, up to `end`, has the beginning of the local part in front of an @. */
static char *local_part(char *begin, char *end)
{
	char *at = end;

	if (at > begin && at[-1] == '"') { /* "john doe"@example.org */
		for (at--; at > begin && at[-1] != '"'; at--)
			;
		return at > begin ? at - 1 : at;
	}
	while (at > begin && is_local(at[-1]))
		at--;
	return at;
}

void redact_addresses(const char *text, char redacted[DIALOGUE_TEXT_SIZE])
{
	const char *limit = redacted + DIALOGUE_TEXT_SIZE - 1;
	char *end = redacted;
	char *begin = redacted; /* what is before it has been dealt with */

	while (*text && end < limit) {
		size_t length = at_length(text);
		char *local = length ? local_part(begin, end) : end;
		if (local < end) /* so it never gets longer */
			end = stpcpy(local, REDACTED);
		size_t copied = length ? length : 1;
		if (copied > (size_t)(limit - end))
			break;
		memcpy(end, text, copied);
		end += copied;
		text += copied;
		if (length)
			begin = end;
	}
	*end = '\0';
}
