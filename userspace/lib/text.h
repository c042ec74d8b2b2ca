/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text from outside is hostile: process names, paths, arguments. It is escaped here, at the moment it is
 * written to a terminal, a log or JSON, and nowhere earlier, so that what is compared is what was seen.
 */
#ifndef SMTPWATCH_LIB_TEXT_H
#define SMTPWATCH_LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes `source` so that it is one line of valid UTF-8 without control characters: a byte that is
 * control, DEL or no part of valid UTF-8 as \xNN, a control, line-separating, direction-changing or
 * invisible code point as \u{N}, a backslash as \\. Always ends with NUL; what does not fit is cut between
 * two characters. Returns the length written, without NUL. `size` is at least 1.
 */
size_t text_escape(char *target, size_t size, const void *source, size_t source_size);

/* The same for what was escaped before by somebody who is not trusted to have done so: a backslash stays as it is. */
size_t text_escape_again(char *target, size_t size, const void *source, size_t source_size);

/* The same for a value of key=value: in double quotes where it is empty or has a space, quote or '='. */
size_t text_escape_value(char *target, size_t size, const void *source, size_t source_size);

/* Room that is enough for `source_size` escaped bytes, quotes and NUL included. */
#define TEXT_ESCAPED_SIZE(source_size) (4 * (source_size) + 3)

/*
 * Decodes the UTF-8 character at the start of `source` (RFC 3629: no surrogates, shortest form).
 * Returns its length in bytes, or 0 where there is none. `source_size` is at least 1.
 */
size_t text_decode_utf8(const uint8_t *source, size_t source_size, uint32_t *ret_code_point);

/* Whether a code point above ASCII controls, separates lines, changes the direction of what follows or cannot be seen.
 */
bool text_is_hidden(uint32_t code_point);

/* Edit distance of two names, for "did you mean". Names longer than 63 bytes count as unlike. */
size_t text_distance(const char *left, const char *right);

/* A decimal number within [minimum, maximum] and nothing else. Returns 0 or -EINVAL, -ERANGE. */
int text_parse_number(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_number);

/* What may stand behind a number, and what the number is then multiplied with. */
struct text_unit {
	const char *suffix;
	uint64_t factor;
};

/* A number with one of the units; the product is within [minimum, maximum]. Returns 0 or -EINVAL, -ERANGE. */
int text_parse_unit(const char *text, const struct text_unit *units, size_t unit_count, uint64_t minimum,
		    uint64_t maximum, uint64_t *ret_number);

/* A duration in seconds: 90, 90s, 5m, 2h, 1d. Returns as text_parse_unit() does. */
int text_parse_duration(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_seconds);

#define TEXT_DURATION_SIZE 24

/* Writes seconds in the largest unit that leaves no rest: "90s", "5m". Returns `text`. */
const char *text_format_duration(uint64_t seconds, char text[TEXT_DURATION_SIZE]);

#endif
