/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other rules would have said: two lists of incidents, each a rule and key from the first line to the last, and
 * what stands in only one of them or differs.
 */
#ifndef SMTPWATCH_DAEMON_ALERT_DIFF_H
#define SMTPWATCH_DAEMON_ALERT_DIFF_H

#include "lib/cleanup.h"

#include <smtpwatch/alert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ALERT_DIFF_MAX 32768 /* incidents of one list; more are not compared, and that is said */

enum alert_diff_side {
	ALERT_DIFF_OLD,
	ALERT_DIFF_NEW,
	ALERT_DIFF_SIDE_COUNT,
};

struct alert_diff;

/* NULL: no memory. */
struct alert_diff *alert_diff_new(void);
void alert_diff_free(struct alert_diff *diff);
DEFINE_CLEANUP(struct alert_diff, alert_diff_free)

/* A line of an alert. Lines of one incident have the rule, the key and the start in common; texts are copied, and the
 * key is what is shown of it, escaped. */
struct alert_diff_line {
	const char *rule;
	const char *key;
	uint64_t first_wall_ns;
	enum alert_severity severity;
	uint64_t count;
};

/* 0 or -ENOMEM. */
int alert_diff_add(struct alert_diff *diff, enum alert_diff_side side, const struct alert_diff_line *line);

struct alert_diff_totals {
	size_t added;
	size_t removed;
	size_t changed;
	size_t same;
	bool is_cut; /* there were more than ALERT_DIFF_MAX */
};

/*
 * "+ would be raised: ...", "- would no longer be raised: ...", "~ changed: ...", a line each, in the order of their
 * start, and one with the totals. An incident that begins at another time is still the same if rule and key have no
 * nearer one.
 */
struct alert_diff_totals alert_diff_print(struct alert_diff *diff, FILE *stream);

#endif
