/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a record of some days says that could be allowed: who sends to whom, again and again and nowhere else. It is a
 * proposal on standard output, in the form of a rule file; nothing here writes to a file or takes anything into force.
 */
#ifndef SMTPWATCH_EXPLAIN_LEARN_H
#define SMTPWATCH_EXPLAIN_LEARN_H

#include "explain/learned_flow.h"
#include "explain/section.h"
#include "explain/text_set.h"
#include "lib/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LEARN_GROUPS_MAX 4096     /* further ones are counted, and nothing is learned of them */
#define LEARN_DESTINATIONS_MAX 8  /* of a group, that are told apart */
#define LEARN_FEW_DESTINATIONS 3  /* more are no habit, or a mail server's */
#define LEARN_DAYS_MAX 32         /* that are told apart */
#define LEARN_OCCASION_DAYS 2     /* something is a habit that was seen on so many days */
#define LEARN_OCCASION_ATTEMPTS 3 /* and so often */

/* Why a group is left out, as bits. Those before REASON_MANY are seen in a line, the others in the sum of them. */
enum learn_reason {
	REASON_ALERT,
	REASON_GONE,
	REASON_EXECUTABLE_FOLDER,
	REASON_SCRIPT_FOLDER,
	REASON_SCRIPT_GONE,
	REASON_SCRIPT_CLAIMED,
	REASON_NO_PATH,
	REASON_DIRECT,
	REASON_PORT,
	REASON_MANY,
	REASON_NAMES,
	REASON_FAILED,
	REASON_FEW,
	REASON_SUBMISSIONS,
	REASON_UNKNOWN,
	REASON_COUNT,
};

/* Days since 1970, sorted, up to what there is room for. */
struct learned_days {
	uint32_t days[LEARN_DAYS_MAX];
	size_t count;
};

/* Where a group sends to: names with one registrable domain, or a network, and a port. */
struct learned_destination {
	char *key; /* owned: the domain, or "203.0.113.0/24" */
	uint16_t port;
	bool is_named;
	struct text_set names; /* of a domain, or addresses */
	uint64_t attempts;
	uint64_t first_wall_ns;
	uint64_t last_wall_ns;
	struct learned_days days;
};

/* Who sends: all but the destinations is what tells groups apart. Texts are owned; NULL: none. */
struct learned_group {
	char *executable;
	char *user;
	char *unit;
	char *container;
	char *site;
	char *script; /* where there is no site */
	struct text_set scripts;
	struct learned_destination destinations[LEARN_DESTINATIONS_MAX];
	size_t destination_count;
	bool has_more_destinations;
	uint64_t attempts;
	uint64_t ended;
	uint64_t failed;
	uint64_t submissions;
	uint32_t reasons;
	char alert[2 * SECTION_NAME_MAX +
		   sizeof(", incident ")]; /* "blocked, incident k3x9ab": the first that named it */
};

struct learn {
	uint64_t from_wall_ns;         /* what is older does not count; 0: nothing is */
	struct learned_group **groups; /* owned, sorted by who it is */
	size_t group_count;
	uint64_t flows;        /* that counted */
	uint64_t older;        /* that did not */
	uint64_t of_mta;       /* of mail servers, which need no allowance */
	uint64_t of_machines;  /* without a process */
	uint64_t beyond_table; /* of groups for which there was no room */
	uint64_t first_wall_ns;
	uint64_t last_wall_ns;
};

void learn_clear(struct learn *learn);

/* 0 or -ENOMEM. */
int learn_take(struct learn *learn, const struct learned_flow *flow);

/* What the sum of the lines says: fills in the remaining reasons, and sorts what was found. To be called once. */
void learn_conclude(struct learn *learn);

/* The end of a sentence whose subject is the group. */
const char *learn_reason_text(enum learn_reason reason);

/* The proposal, of one that is concluded. `what` was read: a line for its head. `lines` and `bad_lines` were read.
 * `asked_seconds` is the period that was asked for; 0: all there is. */
struct learn_source {
	const char *what;
	uint64_t lines;
	uint64_t bad_lines;
	uint64_t asked_seconds;
};
void learn_print(const struct learn *learn, const struct learn_source *source, FILE *out);

/*
 * `smtpwatchd --learn WHAT FILE...`: WHAT is a period ("7d", "12h") before `now_wall_ns`, or a file like the others
 * ("-" is standard input). 0, or -errno with the reason on standard error: -EINVAL a period and no file, or one that is
 * none.
 */
int learn_run(const char *what, char *const *files, size_t file_count, uint64_t now_wall_ns, FILE *out);

/* The same of files that are known from elsewhere. WHAT is a period. Of `alert_files` only the alerts are taken, as
 * what else is in them can be in `files` too. */
struct learn_files {
	char *const *files;
	size_t file_count;
	char *const *alert_files;
	size_t alert_file_count;
};
int learn_run_recorded(const char *period, const struct learn_files *files, uint64_t now_wall_ns, FILE *out);

/* Whether it is a period, and how many seconds. */
bool learn_parse_period(const char *text, uint64_t *ret_seconds);

#endif
