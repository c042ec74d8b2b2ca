/* SPDX-License-Identifier: GPL-2.0-only */
/* One row of the table of replies: how it is read, and which replies it is of. smtpwatch-replies(5) has the form. */
#ifndef SMTPWATCH_CAPTURE_REPLY_ROW_H
#define SMTPWATCH_CAPTURE_REPLY_ROW_H

#include "capture/reply_text.h"
#include "lib/cleanup.h"
#include "lib/ini_file.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_ROW_SIZE 512 /* bytes of a line */
#define REPLY_RECEIVER_SIZE 32
#define REPLY_CODES_MAX 16
#define REPLY_ENHANCED_MAX 8

struct reply_range {
	uint16_t first;
	uint16_t last;
};

struct reply_enhanced {
	struct reply_range class;
	struct reply_range subject;
	struct reply_range detail;
};

struct reply_row {
	char receiver[REPLY_RECEIVER_SIZE];
	uint32_t stages; /* a bit for each enum dialogue_stage */
	struct reply_range codes[REPLY_CODES_MAX];
	size_t code_count;
	struct reply_enhanced enhanced[REPLY_ENHANCED_MAX];
	size_t enhanced_count; /* 0: any, or none */
	char *texts; /* owned: each with a mark before it and NUL behind it, and an empty one at the end. '+' begins an
		      * alternative, which has this text; '-' adds one to it that it must not have */
	enum reply_class class;
};

/* A reply, as rows are asked about it. */
struct reply {
	enum dialogue_stage stage;
	uint16_t code;
	struct enhanced_code enhanced;
	struct reply_text text;
};

/* Reads a line, which is changed. 0, -ENOMEM, or -EINVAL after ini_fail() with the column. */
int reply_row_parse(const struct ini_place *place, char *line, struct reply_row *ret_row);
void reply_row_clear(struct reply_row *row);

bool reply_row_matches(const struct reply_row *row, const struct reply *reply);

/* The code at the beginning of a text, "5.7.1 " (RFC 2034 4); class 0: there is none. */
struct enhanced_code reply_enhanced_of(const char *text);

#endif
