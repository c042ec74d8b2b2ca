/* SPDX-License-Identifier: GPL-2.0-only */
/* Names the process behind a connection that the wire shows and of which the kernel side has told nothing. */
#ifndef SMTPWATCH_DAEMON_OWNER_H
#define SMTPWATCH_DAEMON_OWNER_H

#include "identity/sockets.h"
#include "model/model.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stdint.h>

/* A connection by the ends that its socket has. */
struct owned {
	uint8_t protocol;
	struct endpoint local;
	struct endpoint remote;
};

/* Sets identity, actor and executable of the observation, which then points into `owner`; its time_ns is read. False:
 * nobody is found. `sockets` may be NULL. */
bool owner_find(struct sockets *sockets, const struct model *model, const struct owned *owned,
		struct socket_owner *owner, struct observation *observation);

#endif
