/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters over a restart, as lines of a file (lib/keep.h). Keys are fingerprints, so the run that reads them needs the
 * secret of the run that wrote them. What lies before its window has passed is left out. The counters of a key whose
 * rule counts otherwise by then are dropped when it is taken.
 */
#ifndef SMTPWATCH_RULES_COUNTERS_KEEP_H
#define SMTPWATCH_RULES_COUNTERS_KEEP_H

#include "lib/keep.h"
#include "rules/counters.h"

#define COUNTER_KEEP_KIND "counter"

/* `now_ns`: of the clock that the events have. */
void counters_keep(const struct counters *counters, FILE *stream, uint64_t now_ns);

/* 0, or -EINVAL: the line is none, or the key is there. */
int counters_restore(struct counters *counters, struct keep_line *line, uint64_t now_ns);

#endif
