/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From firings to few lines. A rule fires as often as it sees something; here the firings of one key
 * (rules/alert_key.h) become one alert: a line when it is raised, one when its severity rises, and
 * then at most one a cooldown with the count so far. No firing goes uncounted: what was not yet said when
 * the alert is forgotten or the daemon ends is said then.
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

/* One firing of a rule. */
struct firing {
	const char *rule;   /* a name that lives as long as the program: compared by address */
	const char *reason; /* NULL: none is given */
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

/* 0 or -ENOMEM. */
int alerts_fire(struct alerts *alerts, const struct firing *firing);

/* A flow that fired has ended: what was said in it goes into the alerts of which it is the latest. The first such
 * dialogue of an alert is worth a line of its own. */
void alerts_take_dialogue(struct alerts *alerts, const struct flow *flow, uint64_t time_ns, uint64_t wall_ns);

/* Writes what is due at this time and forgets keys that were quiet. To be called about once a second. */
void alerts_tick(struct alerts *alerts, uint64_t time_ns);

/* Writes every count that was not yet said. */
void alerts_finish(struct alerts *alerts);

/* Lines written so far. */
uint64_t alerts_written(const struct alerts *alerts);

#endif
