/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of the past, the newest ones up to so many bytes. Each line that there was has a number, whether it is kept or
 * not, so that whoever reads on behind a number sees how many he has missed.
 */
#ifndef SMTPWATCH_CONTROL_HISTORY_H
#define SMTPWATCH_CONTROL_HISTORY_H

#include <smtpwatch/alert.h>
#include <stddef.h>
#include <stdint.h>

struct history_line {
	struct history_line *older;
	struct history_line *newer;
	uint64_t number;
	char incident[ALERT_INCIDENT_ID_SIZE]; /* empty: of none */
	size_t size;                           /* of the text, without NUL */
	char text[];                           /* a JSON object */
};

/* The limit is set by the owner; all else is zero at the start. */
struct history {
	size_t max_bytes; /* with what a line costs beside its text */
	size_t bytes;
	uint64_t newest_number; /* 0: there was none yet */
	struct history_line *oldest;
	struct history_line *newest;
};

void history_clear(struct history *history);

/* Adds a copy, and forgets the oldest ones that have no room beside it. One that has no room at all, or for which there
 * is no memory, only gets a number. */
void history_add(struct history *history, const char *incident, const char *text);

/* There was one that is not kept. */
void history_skip(struct history *history);

/* The oldest one behind this number; NULL: there is none. */
const struct history_line *history_after(const struct history *history, uint64_t number);

/* The number behind which the newest `count` lie. */
uint64_t history_before_last(const struct history *history, size_t count);

#define HISTORY_CANDIDATES_MAX 5

/*
 * The incident whose ID begins with `beginning`, in capitals or not. 0 and its ID; -ENOENT, or -ENOTUNIQ where there
 * are several, of which the first ones, ended by NULL and borrowed from lines, are in `ret_candidates`.
 */
int history_find_incident(const struct history *history, const char *beginning, char ret_id[ALERT_INCIDENT_ID_SIZE],
			  const char *ret_candidates[HISTORY_CANDIDATES_MAX + 1]);

#endif
