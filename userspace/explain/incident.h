/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The alert lines of one incident, put in order: the latest line of each alert, who appears in them, what they name as
 * observations. All is borrowed from the lines. Where something is full, it is said that there is more.
 */
#ifndef SMTPWATCH_EXPLAIN_INCIDENT_H
#define SMTPWATCH_EXPLAIN_INCIDENT_H

#include "explain/who.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INCIDENT_ALERTS_MAX 32
#define INCIDENT_ACTORS_MAX 5
#define INCIDENT_PIDS_MAX 10
#define INCIDENT_SAMPLES_MAX 10
#define INCIDENT_RULES_MAX 32
#define INCIDENT_ID_MAX 12

/* An alert, by its latest line. */
struct incident_alert {
	const json_t *line;
	const char *rule;
	const char *start; /* with `rule`, which alert of the incident it is */
	uint64_t last_wall_ns;
	uint64_t severity;
	bool is_ended;
};

struct incident_sample {
	uint64_t wall_ns;
	const char *address; /* NULL: none */
	const char *text;    /* NULL: none */
	uint64_t port;
};

struct incident {
	char id[INCIDENT_ID_MAX + 1];
	const json_t *latest;   /* line */
	const json_t *heaviest; /* line, the latest of those */
	const char *severity;   /* the heaviest that it had */
	uint64_t first_wall_ns;
	uint64_t last_wall_ns;
	uint64_t count;
	uint64_t networks; /* the most that an alert tells of */
	bool is_capped;    /* there were more networks than that */
	bool is_paging;
	bool is_ended;
	bool has_more_actors;                              /* than the lines name */
	struct incident_alert alerts[INCIDENT_ALERTS_MAX]; /* the heaviest first */
	size_t alert_count;
	bool has_further_alerts;                /* for which there is no room: the oldest */
	struct who actors[INCIDENT_ACTORS_MAX]; /* the latest first */
	size_t actor_count;
	bool has_further_actors;
	uint64_t pids[INCIDENT_PIDS_MAX];
	size_t pid_count;
	bool has_more_pids;
	struct incident_sample samples[INCIDENT_SAMPLES_MAX]; /* the latest, the oldest first */
	size_t sample_count;
	const char *rules[INCIDENT_RULES_MAX]; /* that fired; names that a rule file can have */
	size_t rule_count;
};

/* Reads the lines, an array of JSON objects, in whatever order. -ENOENT: none of them is an alert. */
int incident_read(const json_t *lines, struct incident *ret_incident);

#endif
