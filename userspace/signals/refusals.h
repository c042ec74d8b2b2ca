/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who refuses this host, since when, and why: the receivers whose latest refusal lies within a window. A fixed number
 * of them; who finds no room is not remembered, and the sum says that there are more. For the rules blocked and
 * throttled, an object each.
 */
#ifndef SMTPWATCH_SIGNALS_REFUSALS_H
#define SMTPWATCH_SIGNALS_REFUSALS_H

#include "lib/cleanup.h"
#include "signals/signals.h"

#include <stdint.h>

#define REFUSALS_RECEIVERS_MAX 256
#define REFUSALS_LIST_SIZE 24 /* evidence has room for it */

struct refusals;

struct refusals *refusals_new(uint64_t window_ns);
void refusals_free(struct refusals *refusals);
DEFINE_CLEANUP(struct refusals, refusals_free)

/* Takes in a reply on a flow to a receiver, external or a smarthost. */
void refusals_add(struct refusals *refusals, const struct sighting *sighting);

/* As of the latest reply. Borrowed until the next one. */
struct refusals_sum {
	size_t receivers;
	bool capped; /* there are more of them */
	const char *first_receiver;
	uint64_t first_wall_ns; /* its first refusal without a pause as long as the window */
	/* Why: of the kinds of cause that were named within the window the most telling, and of that kind the latest. A
	 * list by name tells more than any list, and that more than a receiver's own word. */
	enum reply_class cause;
	const char *list; /* empty: no list, or which is not known. Not escaped */
};

struct refusals_sum refusals_sum(const struct refusals *refusals);

/* In words: "7 receivers refuse this host since 03:12, first by gmail, cause: DNSBL (Spamhaus)". */
void refusals_describe(const struct refusals *refusals, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE]);

/* The same of replies that only put off: "2 receivers slow this host down since 03:12, first by gmail". */
void refusals_describe_delays(const struct refusals *refusals, uint64_t now_wall_ns, char text[SIGNAL_TEXT_SIZE]);

#endif
