/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Submissions within ten minutes and within an hour, by who made them: script, directory, unit or container, user. A
 * fixed number of counters, of which the one that was quiet longest leaves for a new one; how many left is counted.
 */
#ifndef SMTPWATCH_RULES_SUBMISSION_COUNTS_H
#define SMTPWATCH_RULES_SUBMISSION_COUNTS_H

#include "lib/cleanup.h"
#include "lib/table.h"
#include "rules/rate.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/actor.h>
#include <stdbool.h>
#include <stdint.h>

#define SUBMITTER_TEXT_SIZE SW_SCRIPT_PATH_SIZE

/* Narrowest first. */
enum submitter_level {
	SUBMITTER_SCRIPT,
	SUBMITTER_DIRECTORY, /* the script's, else the process's working directory */
	SUBMITTER_UNIT,      /* or container */
	SUBMITTER_USER,
	SUBMITTER_LEVEL_COUNT,
};

enum submission_window {
	SUBMISSION_SHORT,
	SUBMISSION_LONG,
	SUBMISSION_WINDOW_COUNT,
};

extern const uint64_t submission_windows_ns[SUBMISSION_WINDOW_COUNT];

/* What is counted as one, compared as bytes. */
struct submitter_key {
	uint32_t level; /* enum submitter_level */
	uint32_t uid;   /* UINT32_MAX for a unit, which all its users share: what a user says of his scripts and
			 * directories is his word and is not to count against another */
	char text[SUBMITTER_TEXT_SIZE]; /* "script /var/www/x/a.php", "unit apache2.service", as it is shown */
};

struct submission_count {
	struct table_link link;
	struct submitter_key key;
	uint32_t uid;                             /* of whoever was counted first */
	struct rate all[SUBMISSION_WINDOW_COUNT]; /* but those that a narrower one has taken upon itself */
	struct rate
		passed[SUBMISSION_WINDOW_COUNT]; /* those of them that did not fire here: wider ones count them too */
};

/* Who submits at this level. False: nobody known. */
bool submitter_of(const struct actor *actor, enum submitter_level level, struct submitter_key *ret_key);

struct submission_counts;

struct submission_counts *submission_counts_new(void);
void submission_counts_free(struct submission_counts *counts);
DEFINE_CLEANUP(struct submission_counts, submission_counts_free)

/* The counter of this key, made at need. NULL: no memory. It may go when the next one is taken. */
struct submission_count *submission_counts_take(struct submission_counts *counts, const struct submitter_key *key,
						uint32_t uid);
/* The same, if there is one. */
struct submission_count *submission_counts_find(const struct submission_counts *counts,
						const struct submitter_key *key);

/*
 * A program that was started to submit may reach the mail server by a connection to this host: one submission, two
 * observations. The first of these is to be told, and takes away that connection and no further one.
 */
void submission_counts_expect_connection(struct submission_counts *counts, const struct sw_actor_key *actor);
bool submission_counts_was_expected(struct submission_counts *counts, const struct sw_actor_key *actor);

/* Counters that were given up for new ones, or that there was no memory for. */
uint64_t submission_counts_forgotten(const struct submission_counts *counts);

#endif
