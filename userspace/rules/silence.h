/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections to the world's port 25 that nobody answers any more, after some were answered. */
#ifndef SMTPWATCH_RULES_SILENCE_H
#define SMTPWATCH_RULES_SILENCE_H

#include "lib/cleanup.h"

#include <smtpwatch/flow.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct silence;

struct silence *silence_new(void);
void silence_free(struct silence *silence);
DEFINE_CLEANUP(struct silence, silence_free)

/* A connection was answered: the silence, if there was one, is over. Times are those of the observation. */
void silence_note_answer(struct silence *silence, uint64_t time_ns, uint64_t wall_ns);

/* A connection ended without an answer. One that began before the latest answer says nothing of the time behind it. */
void silence_note_unanswered(struct silence *silence, const struct flow *flow, uint64_t time_ns);

/* The silence that there is now: from the first connection without an answer on, not one was answered, and between two
 * that ended without was never an hour. */
struct silence_sum {
	uint64_t count;
	uint64_t recent_count; /* in the hour up to the latest; up to a twentieth of it may be missing */
	size_t recent_networks;
	bool networks_capped; /* there are more of them */
	bool broke_off;       /* within a day before the first one a connection was answered, the last at: */
	uint64_t answered_wall_ns;
	uint64_t first_wall_ns; /* when the first one was attempted */
};

struct silence_sum silence_sum(const struct silence *silence);

/* How many of them were not taken before: for the count of a rule that fires not at each. */
uint64_t silence_take_untold(struct silence *silence);

#endif
