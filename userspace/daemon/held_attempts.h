/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attempts that wait until it is known whether their destination is a smarthost that was given by name. Who has just
 * been told a new address of it connects before this daemon has asked. Judged at once, the attempt would be taken for
 * direct delivery; excused by what the wire says, anybody could excuse himself by an answer of his own making. So it
 * waits for the answer to the daemon's own question, and is judged then as what it is, late and not lost.
 */
#ifndef SMTPWATCH_DAEMON_HELD_ATTEMPTS_H
#define SMTPWATCH_DAEMON_HELD_ATTEMPTS_H

#include "daemon/smarthosts.h"
#include "lib/cleanup.h"
#include "model/model.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was said on a connection waits for its flow for a second (model.h): attempts are held for less. */
#define HELD_ATTEMPTS_GRACE_NS                                                                                     \
	100000000ULL                      /* for the DNS answer on the wire, which takes another way to the daemon \
					   */
#define HELD_ATTEMPTS_MAX_NS 700000000ULL /* and for the answer to the daemon's question */
#define HELD_ATTEMPTS_MAX 1024            /* further ones are not held */

struct held_attempts;

/* Both are borrowed. NULL: no memory. */
struct held_attempts *held_attempts_new(struct smarthosts *smarthosts, const struct model *model);
void held_attempts_free(struct held_attempts *held);
DEFINE_CLEANUP(struct held_attempts, held_attempts_free)

/* Whether the observation waits, a copy of it: an attempt toward an external destination, or what follows one that
 * waits. Time is CLOCK_BOOTTIME here and below. False: it is to be judged now. */
bool held_attempts_take(struct held_attempts *held, const struct scopes *scopes, const struct observation *observation,
			uint64_t time_ns);

/* The next observation that need not wait any longer, in the order in which they came; `is_end`: nothing does. It is
 * valid until the next call of this. NULL: none. */
const struct observation *held_attempts_next(struct held_attempts *held, uint64_t time_ns, bool is_end);

/* How many observations wait. */
size_t held_attempts_count(const struct held_attempts *held);

#endif
