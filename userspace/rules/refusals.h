/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who refuses this host, since when, and why: the receivers whose latest refusal lies within a window. A fixed number
 * of them; who finds no room is not remembered, and the sum says that there are more. For the rules blocked and
 * throttled, an object each.
 */
#ifndef SMTPWATCH_RULES_REFUSALS_H
#define SMTPWATCH_RULES_REFUSALS_H

#include "lib/cleanup.h"
#include "model/model.h"

#include <smtpwatch/dialogue.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFUSALS_RECEIVERS_MAX 256
#define REFUSALS_LIST_SIZE 24 /* evidence has room for it */

struct refusals;

struct refusals *refusals_new(uint64_t window_ns);
void refusals_free(struct refusals *refusals);
DEFINE_CLEANUP(struct refusals, refusals_free)

/* What the observation says, where that is a reply of a receiver, external or a smarthost; else NULL. */
const struct dialogue_event *refusals_find_reply(const struct observation *observation,
						 const struct model_change *change);

/* Takes in the reply that refusals_find_reply() found. */
void refusals_add(struct refusals *refusals, const struct observation *observation, const struct flow *flow);

/* As of the latest reply. Borrowed until the next one. */
struct refusals_sum {
	size_t receivers;
	bool capped;      /* there are more of them */
	uint64_t replies; /* within the window; up to a twentieth of it may be missing */
	const char *first_receiver;
	uint64_t first_wall_ns; /* its first refusal without a pause as long as the window */
	/* Why: of the kinds of cause that were named within the window the most telling, and of that kind the latest. A
	 * list by name tells more than any list, and that more than a receiver's own word. */
	enum reply_class cause;
	const char *list; /* empty: no list, or which is not known. Not escaped */
};

struct refusals_sum refusals_sum(const struct refusals *refusals);

/* How many replies of the window were not taken before: for the count of a rule that fires not at each. */
uint64_t refusals_take_untold(struct refusals *refusals);

#endif
