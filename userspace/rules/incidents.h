/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What belongs together: all alerts of one actor, site or host are one incident, from the first of them until the last
 * has ended. All scripts of one site under one user are one actor here.
 *
 * Each incident has an alert, so there are no more of them than alerts. Beside them, scores of those that have no
 * incident are remembered; of these the oldest gives way.
 */
#ifndef SMTPWATCH_RULES_INCIDENTS_H
#define SMTPWATCH_RULES_INCIDENTS_H

#include "lib/cleanup.h"
#include "lib/table.h"
#include "rules/alert_key.h"
#include "rules/alerts.h"

#include <smtpwatch/abi.h>
#include <smtpwatch/alert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_TEXT_SIZE SW_SCRIPT_PATH_SIZE /* what is longer is told apart by its beginning */
#define INCIDENT_RULES_MAX 48                  /* that are looked at by combinations; further ones are not */

struct alert_state;
struct combination;

enum incident_kind {
	INCIDENT_OF_HOST,
	INCIDENT_OF_SOURCE, /* no process of this host: its address */
	INCIDENT_OF_SITE,   /* from here on, of one user */
	INCIDENT_OF_SCRIPT,
	INCIDENT_OF_POOL,
	INCIDENT_OF_CONTAINER, /* and executable */
	INCIDENT_OF_UNIT,      /* and executable */
	INCIDENT_OF_EXECUTABLE,
	INCIDENT_OF_USER, /* alerts that stand for many of a user */
};

/* Compared as bytes: what is not used is zero. */
struct incident_key {
	uint64_t kind; /* enum incident_kind */
	uint64_t exe_inode;
	uint32_t exe_device;
	uint32_t uid;
	char text[INCIDENT_TEXT_SIZE];
};

/* A rule that has fired in an incident. */
struct incident_rule {
	const char *name;
	size_t open;             /* alerts of it that are not forgotten */
	uint64_t score_until_ns; /* how long its score counts, 0: it gave none */
};

struct incident {
	struct table_link link;
	struct incident_key key;
	struct alert_incident shown;
	struct incident_rule rules[INCIDENT_RULES_MAX];
	size_t rule_count;
	size_t alerts;              /* that are not forgotten, those of combinations among them */
	size_t open;                /* of them those that have not ended, without those of combinations */
	bool is_told;               /* people know of it */
	uint64_t said;              /* shown.count when people were told last, */
	uint64_t told_ns;           /* and when that was */
	unsigned int continued;     /* how often they were told that it is still going */
	uint64_t compared;          /* with which edition of the combinations, since a rule came last; 0: with none */
	uint64_t rise_due_ns;       /* when people are to be told that it got heavier; 0: there is nothing to tell */
	struct alert_state *risen;  /* the alert that made it so; NULL: that one is forgotten */
	struct alert_state *latest; /* in which something fired last; NULL: that one is forgotten */
	struct alert_state *combinations; /* the alerts of those that it fulfilled */
};

struct incidents;

/* Room for `capacity` incidents. NULL: no memory. */
struct incidents *incidents_new(size_t capacity);
void incidents_free(struct incidents *incidents);
DEFINE_CLEANUP(struct incidents, incidents_free)

/* Whose incident a firing belongs to; `key` is that of its alert, NULL: it has none. */
struct incident_key incident_key_of(const struct firing *firing, const struct alert_key *key);

/* The open incident of this key, or NULL. */
struct incident *incidents_find(const struct incidents *incidents, const struct incident_key *key);

/* The same, made at need: it begins at this time, and the scores that still count are in it. NULL: no memory, or no
 * room. One that gets no alert has to be removed. */
struct incident *incidents_take(struct incidents *incidents, const struct incident_key *key, uint64_t time_ns,
				uint64_t wall_ns);

/* One of an earlier run, with what is not about its alerts; the newest from then on. NULL: no memory, no room, or there
 * is one of this key or ID. One that gets no alert has to be removed. */
struct incident *incidents_restore(struct incidents *incidents, const struct incident *like);

/* A rule of it, and until when its score counts, 0: it gave none. */
void incident_restore_rule(struct incident *incident, const char *rule, uint64_t score_until_ns);

/* Tells of the scores that are remembered, the oldest first. */
void incidents_visit_scores(const struct incidents *incidents,
			    void (*visit)(void *context, const struct incident_key *key, const char *rule,
					  uint64_t until_ns),
			    void *context);

/* Frees one that has no alerts. */
void incidents_remove(struct incidents *incidents, struct incident *incident);

/* The first and the next one, of all that are open. */
struct incident *incidents_oldest(const struct incidents *incidents);
struct incident *incidents_newer(const struct incident *incident);

/* An alert of this rule is raised in it, or forgotten. */
void incident_add_alert(struct incident *incident, const char *rule);
void incident_remove_alert(struct incident *incident, const char *rule);

/* A rule that makes no line has fired: that is remembered, and named in the incident of the key, if there is one.
 * Returns 0 or -ENOMEM. */
int incidents_take_score(struct incidents *incidents, const struct incident_key *key, const char *rule,
			 uint64_t time_ns, uint64_t until_ns);

/* Drops scores that no longer count. */
void incidents_tick(struct incidents *incidents, uint64_t time_ns);

/* An alert of it has this severity. Whether people are to be told at once: of its beginning, and of what is critical.
 * What only got heavier is told a moment later (incident_is_risen()): who sends to a third network is often at the
 * tenth by then, and one line says all. */
bool incident_lift(struct incident *incident, struct alert_state *state, enum alert_severity severity,
		   uint64_t time_ns);

/* Whether that moment has passed. */
bool incident_is_risen(const struct incident *incident, uint64_t time_ns);

/* Whether an alert of this combination, or rule, was raised in it. */
bool incident_has_rule(const struct incident *incident, const char *rule);

/* Whether it has what a combination asks for, of which at least one is more than a score; `ret_evidence` then names
 * it: "impossible-helo with mx-fanout". */
bool incident_fulfils(const struct incident *incident, const struct combination *combination, uint64_t time_ns,
		      char ret_evidence[FIRING_EVIDENCE_SIZE]);

/* The ID of an incident that no rule began: of a name and the second in which it did. */
void incident_make_id(char ret_id[ALERT_INCIDENT_ID_SIZE], const char *name, uint64_t wall_ns);

/* How long it is until the next line that something is still going, when that was said `continued` times: `cooldown_ns`
 * first, and each time four times as long, up to a day. */
uint64_t incident_interval(uint64_t cooldown_ns, unsigned int continued);

/* Whether people are to be told that it is still going. */
bool incident_is_due(const struct incident *incident, uint64_t cooldown_ns, uint64_t time_ns);

#endif
