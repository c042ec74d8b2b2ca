/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes of a ring record -> observation. */
#ifndef SMTPWATCH_SENSOR_RECORD_H
#define SMTPWATCH_SENSOR_RECORD_H

#include <smtpwatch/abi.h>
#include <smtpwatch/observation.h>
#include <stddef.h>

/* Begins a path whose own beginning is missing: so it is no absolute one, and cannot be taken for what it may end like.
 */
#define RECORD_CUT_MARK "..."
#define RECORD_PATH_SLACK (sizeof(RECORD_CUT_MARK) + 1) /* the mark, the first slash, NUL */

/* What an observation points to while it is handed on. */
struct record_text {
	struct sw_identity identity; /* an aligned copy */
	char path[SW_PATH_SIZE + RECORD_PATH_SLACK];
	char argv[SW_ARGV_SIZE];
	char cwd[SW_CWD_SIZE + RECORD_PATH_SLACK];
	struct sw_script script;
	struct sw_program_record program;
};

/*
 * Decodes a record of `size` bytes. The observation points into `text`. Wall time is made from the record's
 * by the clocks' present offset. Returns 0, or -EBADMSG for bytes that are no record of struct sw_*_record.
 */
int record_decode(const void *bytes, size_t size, struct record_text *text, struct observation *ret_observation);

#endif
