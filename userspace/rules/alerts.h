/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From firings to few lines. A rule fires as often as it sees something; here the firings of one key
 * (rules/alert_key.h) become one alert: a line when it is raised, one when its severity rises, one at growing intervals
 * while it goes on, and one with its total when it ended: after quiet, when there is no room for it, or when the daemon
 * stops. No firing goes uncounted, and each is counted in one alert.
 *
 * The alerts of one actor, site or host are an incident (rules/incidents.h). A line is news where it tells people more
 * of its incident than they were told: it began, got heavier, is still going (for the whole incident at growing
 * intervals), or ended. The other lines are for the record.
 *
 * All time is that of the firings: the same firings give the same lines, whenever they are judged.
 */
#ifndef SMTPWATCH_RULES_ALERTS_H
#define SMTPWATCH_RULES_ALERTS_H

#include "lib/cleanup.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/alert.h>
#include <smtpwatch/flow.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Takes a line's worth of alert; what it points to is borrowed. */
typedef void (*alert_writer)(void *context, const struct alert *alert);

#define FIRING_EVIDENCE_SIZE 160

struct combination;

/* One firing of a rule. */
struct firing {
	const char *rule;   /* a name that lives as long as the program: compared by address */
	const char *reason; /* lives as long; NULL: none is given */
	const char *source; /* where the rule stands, borrowed for the call; NULL: in the program */
	const struct actor *actor;
	const struct endpoint *remote; /* NULL: only counters or the start of a program tell of it */
	const struct flow *flow;       /* NULL: the same, or there is none */
	uint64_t count;
	uint64_t time_ns;
	uint64_t wall_ns;
	enum alert_severity severity; /* of the step that was reached. It does not go down again */
	bool is_score;        /* only adds to an incident that something else has begun, and never makes a line */
	uint64_t cooldown_ns; /* 0: that of all */
	uint64_t window_ns;   /* in which the line's networks are counted; 0: they are no matter */
	struct alert_measure measures[ALERT_MEASURES_MAX]; /* of that step */
	size_t measure_count;
	const struct alert_sample *samples; /* borrowed for the call, the oldest first */
	size_t sample_count;
	/* What the rule saw; the line has that of the latest firing. Empty: the other fields say it. */
	char evidence[FIRING_EVIDENCE_SIZE];
	/* A rule whose key is not the actor names it here, with the site (or NULL) and the user that it is of.
	 * Borrowed. NULL: executable and script, else pool, else working directory. */
	const char *subject;
	const char *subject_site;
	uint32_t subject_uid;
	bool is_of_host; /* the subject is the whole host, whoever was at it */
};

struct alerts;

struct alerts *alerts_new(uint64_t cooldown_ns, alert_writer write, void *context);
void alerts_free(struct alerts *alerts);
DEFINE_CLEANUP(struct alerts, alerts_free)

/* A cooldown that is changed holds from the next line on. */
void alerts_set_cooldown(struct alerts *alerts, uint64_t cooldown_ns);

/* What is more together than each of it alone, borrowed until the next call. One is raised as an alert of its own, once
 * in an incident, before the line of the alert that completed it, and lives as long as its incident. It counts nothing
 * of what came. */
void alerts_set_combinations(struct alerts *alerts, const struct combination *combinations, size_t count);

/* A score is counted in the alert of its key, if there is one; else its incident names it, now or when that begins
 * within the score's window. 0 or -ENOMEM. */
int alerts_fire(struct alerts *alerts, const struct firing *firing);

/* A flow has ended: what was said in it goes into the alerts of which it is the latest that fired. The first such
 * dialogue of an alert is worth a line of its own, for the record. */
void alerts_take_dialogue(struct alerts *alerts, const struct flow *flow, uint64_t time_ns, uint64_t wall_ns);

/* Writes what is due at this time, and ends alerts that were quiet: for ten minutes, and their cooldown. To be called
 * about once a second. */
void alerts_tick(struct alerts *alerts, uint64_t time_ns);

/* Says of every alert that it ended, with its total. Should it fire again, it goes on. */
void alerts_finish(struct alerts *alerts);

/* In place of that, where they go on in the next run: a line for the record where something was not said yet. */
void alerts_pause(struct alerts *alerts);

/* Lines written so far. */
uint64_t alerts_written(const struct alerts *alerts);

#endif
