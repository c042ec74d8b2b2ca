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
	ALERT_CONTINUING, /* more came; at most one line a cooldown */
	ALERT_ENDED,      /* the daemon stops; the line has the total */
	ALERT_PHASE_COUNT,
};

const char *alert_severity_name(enum alert_severity severity);
const char *alert_phase_name(enum alert_phase phase);

/* Borrowed for the time of the call. */
struct alert {
	const char *rule;
	enum alert_severity severity;
	enum alert_phase phase;
	const struct actor *actor;       /* the latest one of the key */
	struct endpoint remote;          /* the latest destination; its port is 0 where only counters tell of it */
	const char *domain;              /* the latest destination's name, NULL: not known */
	const struct dialogue *dialogue; /* what was said in the latest flow of the key that said something, or NULL */
	uint64_t count;                  /* since the key was raised */
	uint64_t networks;               /* distinct destination networks (/24, /48) in the rule's window */
	bool networks_capped;            /* there are more of them than are counted */
	bool more_actors;       /* the line stands for many executables or scripts of a user, `actor` is one of them */
	const char *evidence;   /* what the rule saw, in a few words; text of others in it is not escaped. NULL: the
				 * other fields say it */
	uint64_t first_wall_ns; /* CLOCK_REALTIME */
	uint64_t last_wall_ns;
};

#endif
