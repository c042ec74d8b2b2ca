/* SPDX-License-Identifier: GPL-2.0-only */
/* The first line of the file that kept_state.h describes. */
#ifndef SMTPWATCH_DAEMON_STATE_HEAD_H
#define SMTPWATCH_DAEMON_STATE_HEAD_H

#include "daemon/gap.h"
#include "lib/fingerprint.h"
#include "lib/keep.h"

#include <stdbool.h>
#include <stdint.h>

struct state_head {
	struct gap_moment moment; /* up to when all is in the file */
	bool is_end;              /* and that the watch ended then */
	uint64_t clock_ns;        /* rules_clock() */
	struct fingerprint secret;
};

#define STATE_HEAD_SIZE 512
#define STATE_TIME_MAX (1ULL << 61) /* ns; so that nothing that is added to it comes round to 0 */

/* With the end of the line. All heads of a run have one length, so that one can take the place of another; it is
 * returned. */
int state_head_format(const struct state_head *head, char text[STATE_HEAD_SIZE]);

/* False: the line is none. */
bool state_head_parse(struct keep_line *line, struct state_head *ret_head);

/* What rules_clock() is now. It goes on where it stood, and by as much as the wall clock says: through a reboot there
 * is no other. One that was set back lets no time pass. */
uint64_t state_head_clock(const struct state_head *head, const struct gap_moment *now);

#endif
