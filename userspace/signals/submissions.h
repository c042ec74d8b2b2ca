/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Submissions, each once. A program that was started to submit may reach the mail server by a connection to this host:
 * one submission, two observations.
 */
#ifndef SMTPWATCH_SIGNALS_SUBMISSIONS_H
#define SMTPWATCH_SIGNALS_SUBMISSIONS_H

#include "lib/cleanup.h"
#include "signals/signals.h"

#include <stdbool.h>

struct submissions;

struct submissions *submissions_new(void);
void submissions_free(struct submissions *submissions);
DEFINE_CLEANUP(struct submissions, submissions_free)

/* Whether the observation tells of a submission that was not told yet. To be asked once. The start of a program takes
 * away one connection of its own, and no further one. */
bool submissions_take(struct submissions *submissions, const struct sighting *sighting);

#endif
