/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of the file that kept_state.h describes, out of those who know something and back to them. */
#ifndef SMTPWATCH_DAEMON_STATE_LINES_H
#define SMTPWATCH_DAEMON_STATE_LINES_H

#include "daemon/state_head.h"
#include "ledger/ledger.h"
#include "rules/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct control;

/* Whose the state is. Borrowed. */
struct kept_parts {
	struct rules *rules;
	struct ledger *ledger;   /* NULL: there is none, nor control */
	struct control *control; /* NULL: none */
	uint64_t changes;        /* grows whenever something of them has changed */
};

/* Writes all that they know, as it was at this moment; `is_end`: nothing is seen after it. The stream knows of errors.
 */
void state_lines_write(const struct kept_parts *parts, const struct gap_moment *moment, bool is_end, FILE *stream);

/* How the reading went. */
struct state_reading {
	size_t lines;
	size_t bad; /* that could not be read; nothing but they is lost */
	size_t first_bad;
	bool has_end; /* all that was written is there */
};

/* The first line. False: it is no head. */
bool state_lines_read_head(FILE *stream, struct state_head *ret_head);

/* What is kept of rules that have seen nothing, and whose clock is set; of a ledger without rows, and of a control
 * without past (NULL: there is none). `time_ns`: CLOCK_BOOTTIME. The fingerprints' secret is that of the head. */
void state_lines_read_rules(FILE *stream, struct rules *rules, uint64_t time_ns, struct state_reading *ret_reading);
void state_lines_read_rest(FILE *stream, struct ledger *ledger, struct control *control,
			   struct state_reading *ret_reading);

#endif
