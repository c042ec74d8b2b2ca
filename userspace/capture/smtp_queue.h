/* SPDX-License-Identifier: GPL-2.0-only */
/* Which replies of an SMTP server are still to come (RFC 2920: a client need not wait for them), in order. */
#ifndef SMTPWATCH_CAPTURE_SMTP_QUEUE_H
#define SMTPWATCH_CAPTURE_SMTP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a reply answers. */
enum smtp_awaited {
	SMTP_AWAITED_NONE, /* nothing: the server speaks by itself */
	SMTP_AWAITED_HELO,
	SMTP_AWAITED_EHLO,
	SMTP_AWAITED_STARTTLS,
	SMTP_AWAITED_AUTH,
	SMTP_AWAITED_MAIL,
	SMTP_AWAITED_RCPT,
	SMTP_AWAITED_DATA,
	SMTP_AWAITED_MESSAGE, /* the end of DATA */
	SMTP_AWAITED_CHUNK,   /* a BDAT that is not the last */
	SMTP_AWAITED_LAST_CHUNK,
	SMTP_AWAITED_OTHER,   /* a command that nothing is kept of */
	SMTP_AWAITED_UNKNOWN, /* a line that is no known command, or that was not read: the reply may quote a secret */
	SMTP_AWAITED_COUNT,
};

/* Replies of one kind in a row. */
struct smtp_run {
	uint64_t bytes; /* of a message */
	/* Replies. Of a message, which has one: the lines of a body that was sent before the server asked for it; each
	 * of them is answered if the server refuses DATA. */
	uint32_t count;
	uint8_t awaited;
};

#define SMTP_QUEUE_MAX 1024 /* runs */
#define SMTP_QUEUE_FEW 4    /* as many need no memory of their own: MAIL, any number of RCPT, DATA */

struct smtp_queue {
	struct smtp_run *many; /* NULL: the runs are in `few` */
	struct smtp_run few[SMTP_QUEUE_FEW];
	uint16_t first;
	uint16_t count;
	uint16_t capacity; /* of `many` */
};

/* 0, -ENOSPC or -ENOMEM. `count` is not 0. */
int smtp_queue_push(struct smtp_queue *queue, enum smtp_awaited awaited, uint32_t count, uint64_t bytes);

/* The run whose reply comes next, or NULL. */
struct smtp_run *smtp_queue_head(const struct smtp_queue *queue);

/* One reply has come; there is one in the queue. */
void smtp_queue_pop(struct smtp_queue *queue);

void smtp_queue_clear(struct smtp_queue *queue);

#endif
