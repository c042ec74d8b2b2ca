/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel side could not hand over, as the log is told of it. */
#ifndef SMTPWATCH_DAEMON_LOSSES_H
#define SMTPWATCH_DAEMON_LOSSES_H

#include "sensor/sensor.h"

#include <stdint.h>

/* What the log has spoken of. All zero at the start. */
struct losses {
	uint64_t told_lost;    /* records */
	uint64_t told_refused; /* and processes that did not inherit their script */
};

/* Says what was lost since the last call, about once a second; and that the books do not balance, where they do not. */
void losses_mention(struct losses *losses, const struct sensor *sensor);

#endif
