/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule that fired for a key, as it is handed to the sinks. */
#ifndef SMTPWATCH_ALERT_H
#define SMTPWATCH_ALERT_H

#include "lib/address.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stdint.h>

enum alert_severity {
	ALERT_SEVERITY_INFO,
	ALERT_SEVERITY_NOTICE,
	ALERT_SEVERITY_WARNING,
	ALERT_SEVERITY_HIGH,
	ALERT_SEVERITY_CRITICAL,
	ALERT_SEVERITY_COUNT,
};

enum alert_phase {
	ALERT_RAISED,     /* the first line of a key */
	ALERT_RISEN,      /* its severity went up */
	ALERT_CONTINUING, /* more came; at growing intervals */
	ALERT_ENDED,      /* it was quiet for long, or the daemon stops; the line has the total */
	ALERT_PHASE_COUNT,
};

const char *alert_severity_name(enum alert_severity severity);
/* 0 or -EINVAL. */
int alert_severity_parse(const char *name, enum alert_severity *ret_severity);
const char *alert_phase_name(enum alert_phase phase);

/* A quantity that reached the limit of its rule. */
struct alert_measure {
	const char
		*what; /* "count", "distinct destination.network", "share"; a static string or NULL: none was counted */
	uint64_t value; /* of a share in hundredths */
	uint64_t limit;
	uint64_t window_ns; /* 0: no window */
	bool is_estimate;
};

#define ALERT_MEASURES_MAX 3
#define ALERT_SAMPLE_TEXT_SIZE 38

/* One of the observations behind an alert, in short. */
struct alert_sample {
	uint64_t wall_ns;                  /* CLOCK_REALTIME */
	struct endpoint remote;            /* port 0: none */
	char text[ALERT_SAMPLE_TEXT_SIZE]; /* what the rule looked at; of others, not escaped, cut at its end. Empty:
					    * nothing but the destination */
};

#define ALERT_SAMPLES_MAX 5
#define ALERT_INCIDENT_ID_SIZE 7 /* with NUL: a-z without i, l, o and u, and digits (Crockford's base 32) */
#define ALERT_INCIDENT_RULES_MAX 24

/* All alerts of one actor, site or host that belong together, from the first until all of them ended. */
struct alert_incident {
	char id[ALERT_INCIDENT_ID_SIZE];             /* the same whenever the same observations are judged again */
	enum alert_severity severity;                /* the heaviest that it had */
	bool is_paging;                              /* a combination of rules says that it cannot wait */
	const char *rules[ALERT_INCIDENT_RULES_MAX]; /* that fired in it, in order; further ones are not named */
	size_t rule_count;
	uint64_t count;         /* of all its alerts */
	uint64_t first_wall_ns; /* CLOCK_REALTIME */
};

/* Borrowed for the time of the call. */
struct alert {
	const char *rule;
	const char *reason; /* one line, why the rule is there; NULL: none is given */
	const char *source; /* "catalogue.conf:41", where the rule stands; NULL: in the program */
	const struct alert_incident *incident;
	bool is_news; /* it tells people more of its incident than they were told; else it is for the record */
	struct alert_measure measures[ALERT_MEASURES_MAX]; /* of the heaviest step that was reached */
	size_t measure_count;
	const struct alert_sample *samples; /* the latest observations, the oldest first */
	size_t sample_count;
	enum alert_severity severity;
	enum alert_phase phase;
	const struct actor *actor;       /* the latest one of the key */
	struct endpoint remote;          /* the latest destination; its port is 0 where only counters tell of it */
	const char *domain;              /* the latest destination's name, NULL: not known */
	const struct dialogue *dialogue; /* what was said in the latest flow of the key that said something, or NULL */
	uint64_t count;                  /* since the key was raised */
	uint64_t networks;               /* distinct destination networks (/24, /48) in the rule's window */
	bool networks_capped;            /* there are more of them than are counted */
	bool is_of_host;                 /* it is about the whole host, `actor` is who was at it last */
	bool more_actors;       /* the line stands for many executables or scripts of a user, `actor` is one of them */
	const char *evidence;   /* what the rule saw, in a few words; text of others in it is not escaped. NULL: the
				 * other fields say it */
	uint64_t first_wall_ns; /* CLOCK_REALTIME */
	uint64_t last_wall_ns;
};

/* What the rules made of one observation. */
struct judgement {
	bool fired;   /* a rule of severity warning or above did */
	bool allowed; /* such a rule would have, and an allowance covers it */
};

#endif
