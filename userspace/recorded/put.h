/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside recorded/: JSON by hand, into a buffer. What does not fit leaves it marked as full, and is not written in
 * part. Nothing ends with NUL.
 */
#ifndef SMTPWATCH_RECORDED_PUT_H
#define SMTPWATCH_RECORDED_PUT_H

#include "lib/address.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
	char *at;
	char *end;
	bool is_full;
};

void put_bytes(struct output *output, const char *bytes, size_t size);
void put_number(struct output *output, uint64_t number);

/* Nanoseconds of CLOCK_REALTIME as "2026-11-22T03:12:04.123456789Z", in quotes. */
void put_time(struct output *output, uint64_t wall_ns);

/*
 * Any bytes, in quotes, so that they are ASCII and come back as they were: control characters, DEL, quotes and
 * backslashes escaped, a character beyond ASCII as \uXXXX (two of them, a surrogate pair, beyond U+FFFF), and a byte
 * that is no part of valid UTF-8 as the lone surrogate \udcXX, which no valid text has.
 */
void put_text(struct output *output, const char *text, size_t size);

/* "203.0.113.25", in quotes. */
void put_address(struct output *output, const struct address *address);

/* "00-0C-29-3E-5F-01", in quotes. */
void put_mac(struct output *output, const uint8_t mac[6]);

/* "5.7.1", in quotes. */
void put_enhanced(struct output *output, const struct enhanced_code *enhanced);

/* Lower case, without leading zeros, in quotes. */
void put_hex(struct output *output, uint64_t number);

#endif
