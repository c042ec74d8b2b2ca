/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that the wire shows and no record of the kernel tells of: whose are they? Of a machine behind this one,
 * of a raw socket, or of a process whose record was thinned or lost.
 */
#ifndef SMTPWATCH_DAEMON_CLAIMS_H
#define SMTPWATCH_DAEMON_CLAIMS_H

#include "identity/sockets.h"
#include "lib/cleanup.h"
#include "model/model.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stdint.h>

struct claims;

/* Both are borrowed; `sockets` may be NULL. NULL: no memory. */
struct claims *claims_new(struct model *model, struct sockets *sockets);
void claims_free(struct claims *claims);

/* Begins a round, about one a second. `untold`: how many records of attempts were thinned or lost until now. */
void claims_begin(struct claims *claims, uint64_t time_ns, uint64_t untold);

/* A connection was opened in this moment. Where NAT on this host hides whose it is, its socket lives now and may not
 * when the next round comes. As claims_next(), of this one; of what has to wait for a round it is false. */
bool claims_take(struct claims *claims, const struct scopes *scopes, uint64_t wire_id,
		 struct observation *ret_observation, struct model_change *ret_change);

/* The next connection of the round that became a flow: when it was seen, and what it changed in the model. False: no
 * more. */
bool claims_next(struct claims *claims, const struct scopes *scopes, struct observation *ret_observation,
		 struct model_change *ret_change);

#endif
