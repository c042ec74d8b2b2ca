/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds the end of an SMTP message (RFC 5321 4.1.1.4) in bytes that come in any pieces, and keeps none of them. */
#ifndef SMTPWATCH_CAPTURE_SMTP_BODY_H
#define SMTPWATCH_CAPTURE_SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The end mark is CRLF "." CRLF. Some servers also take a lone dot between other line ends for one (SMTP smuggling
 * lives from those that differ about it): such a lax mark counts only if the server answers to it.
 */
struct smtp_body {
	uint64_t bytes;  /* so far, or of the message once it is at its end */
	uint64_t marked; /* those before the first lax mark */
	uint32_t lines;  /* of those that came before the server asked for them; saturates */
	uint8_t state;
	bool is_asked : 1;    /* the server said 354 */
	bool is_answered : 1; /* it gave its answer before the end was seen */
	bool is_torn : 1;     /* some of the bytes were not seen */
	bool has_mark : 1;    /* a lax one */
	bool is_passed : 1;   /* and bytes behind it */
};

void smtp_body_begin(struct smtp_body *body);

/* Returns how many of the bytes, at least one, belong to the body and its mark: less than `size` only at its end. */
size_t smtp_body_read(struct smtp_body *body, const uint8_t *bytes, size_t size);

void smtp_body_skip(struct smtp_body *body, size_t size);

bool smtp_body_is_at_end(const struct smtp_body *body);

/* The latest byte ended a lax mark. */
bool smtp_body_is_at_mark(const struct smtp_body *body);

/* The latest byte ended a line, or there is none. */
bool smtp_body_is_at_line_start(const struct smtp_body *body);

#endif
