/* SPDX-License-Identifier: GPL-2.0-only */
/* From the events of a connection to what they come to. */
#ifndef SMTPWATCH_MODEL_DIALOGUE_H
#define SMTPWATCH_MODEL_DIALOGUE_H

#include "lib/cleanup.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>

/* Nothing said yet. NULL: no memory. */
struct dialogue *dialogue_new(void);
void dialogue_free(struct dialogue *dialogue);
DEFINE_CLEANUP(struct dialogue, dialogue_free)

/* A copy with texts of its own. NULL: no memory. */
struct dialogue *dialogue_copy(const struct dialogue *dialogue);

/* Adds an event. 0, or -ENOMEM: counts are right, a text is missing. */
int dialogue_take(struct dialogue *dialogue, const struct dialogue_event *event);

/* Whether a reply says that the recipient does not exist (RFC 3463 3.2: X.1.1). */
bool dialogue_is_unknown_recipient(const struct dialogue_event *event);

/* Whether anything was said or heard at all. */
bool dialogue_says_something(const struct dialogue *dialogue);

#endif
