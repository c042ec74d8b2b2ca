/* SPDX-License-Identifier: GPL-2.0-only */
/* An entry in journald's own protocol. */
#ifndef SMTPWATCH_SINKS_JOURNAL_ENTRY_H
#define SMTPWATCH_SINKS_JOURNAL_ENTRY_H

#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * NAME=VALUE and a newline. A value with newlines, which would begin further fields, takes the binary form: NAME, a
 * newline, its size as 64 bits with the least significant byte first, the value, and a newline.
 */
static inline void journal_entry_put(FILE *entry, const char *name, const char *value, size_t size)
{
	const uint64_t little_endian_size = htole64(size);

	fputs(name, entry);
	if (memchr(value, '\n', size)) {
		fputc('\n', entry);
		fwrite(&little_endian_size, sizeof(little_endian_size), 1, entry);
	} else {
		fputc('=', entry);
	}
	fwrite(value, size, 1, entry);
	fputc('\n', entry);
}

#endif
