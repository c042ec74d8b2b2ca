/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is shown, as far as the daemon has told it: the head, the rows of one grouping, the newest alerts. Messages of
 * the protocol go in, as they come and from whomever: nothing in them is trusted. No I/O, no clock.
 */
#ifndef SMTPWATCH_VIEW_PICTURE_H
#define SMTPWATCH_VIEW_PICTURE_H

#include "lib/cleanup.h"

#include <jansson.h>
#include <smtpwatch/health.h>
#include <smtpwatch/ledger.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PICTURE_ROWS_MAX 100000 /* that are kept; the one that changed longest ago goes */
#define PICTURE_TEXT_MAX 4096   /* bytes of a text; what is longer is cut */
#define PICTURE_ALERTS 200      /* that are kept, the newest */

/* Set in the number of a flow, as flows and rows are numbered apart. */
#define PICTURE_FLOW_BIT (UINT64_C(1) << 63)

/* A row of the daemon's, or a flow that is shown below one. Texts are owned, and NULL where nothing is known. */
struct picture_row {
	uint64_t number; /* never 0 */
	uint64_t revision;
	enum ledger_by by;
	bool is_flow; /* then only name (the destination), number, open, first, last, accepted, refused and what stands
		       * at "of a flow" are there */
	enum ledger_verdict verdict; /* LEDGER_VERDICT_COUNT: not known */
	char *name;
	char *user;
	char *process;
	char *executable;
	char *unit; /* or container, where it is in one */
	char *site;
	char *script;
	char *url;
	char *domain;    /* also of a flow */
	char *helo;      /* also of a flow */
	char *reply;     /* also of a flow: only the code */
	char *outcome;   /* of a flow: "closed", "refused". NULL: it is open */
	char *error;     /* of a flow: "ECONNREFUSED" */
	char *tls;       /* of a flow: "starttls" */
	char *local;     /* of a flow: its own address and port */
	double duration; /* of a flow, seconds */
	uint64_t bytes_sent;
	uint64_t bytes_received;
	char *rule;
	char *incident;
	enum alert_severity severity;
	bool is_alerting;
	uint64_t pid; /* 0: not known */
	struct ledger_counts counts;
	uint64_t open;
	uint64_t destinations;
	bool destinations_estimated;
	double first; /* seconds since 1970, here and below */
	double last;
	uint64_t newest_stretch;
	uint64_t recent[LEDGER_RECENT];
	struct picture_row **children; /* owned; in the order in which they came */
	size_t child_count;
	size_t child_total; /* of which only child_count came */
	bool is_expanded;   /* its children are shown, and to be asked for; those of others are not taken in */
};

struct picture_head {
	bool is_known;
	double now; /* the daemon's clock when it said so */
	char *host;
	char *version;
	char *kernel;
	char *attached;
	char *capture;
	char *health_text;
	enum health_state health; /* HEALTH_DEGRADED where it does not say */
	uint64_t pid;
	double started;
	double since;
	uint64_t lost_records;
	uint64_t lost_packets;
	uint64_t lost_lines;
	uint64_t thinned;
	struct ledger_counts all;
	struct ledger_counts today;
	uint64_t destinations_today;
	uint64_t receivers_today;
	uint64_t open;
	uint64_t newest_stretch;
	uint64_t series[LEDGER_SERIES];
	uint64_t total[LEDGER_BY_COUNT];
	uint64_t forgotten[LEDGER_BY_COUNT];
};

struct picture;

struct picture *picture_new(void);
void picture_free(struct picture *picture);
DEFINE_CLEANUP(struct picture, picture_free)

/* Takes in a message. 0; -ENOENT: it is none that belongs into a picture; -EBADMSG: it is not as it should be, and what
 * it had that was good is taken; -ENOMEM. */
int picture_take(struct picture *picture, const json_t *message);

/* Another grouping is asked for: the rows go, the rest stays. */
void picture_set_by(struct picture *picture, enum ledger_by by);
enum ledger_by picture_by(const struct picture *picture);

/* The connection began anew: all rows will come again. Those that are there stay until the last page is there; then
 * what did not come again goes. */
void picture_begin_anew(struct picture *picture);

const struct picture_head *picture_head(const struct picture *picture);

/* The rows of the grouping, in no order. A row stays where it is until it is forgotten. */
struct picture_row *const *picture_rows(const struct picture *picture, size_t *ret_count);

/* Grows with each change of what is in the picture. */
uint64_t picture_version(const struct picture *picture);

/* A row of the grouping or a child of one, or NULL. Flows are not found. */
struct picture_row *picture_find(const struct picture *picture, uint64_t number);

/* The alert lines (ECS), the oldest first, borrowed. */
const json_t *picture_alerts(const struct picture *picture);

/* The latest detail and explanation that came, or NULL; borrowed until the next message. An explanation of several
 * messages is one, and has `more` until it is whole. */
const json_t *picture_detail(const struct picture *picture);
const json_t *picture_explanation(const struct picture *picture);

/* Attempts in the minute before `now`. */
uint64_t picture_rate(const struct picture_row *row, double now);
/* Of all. */
uint64_t picture_total_rate(const struct picture_head *head, double now);

#endif
