/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The alerts that are open, for alerts.c: bounded, found by what fires in them and by the flow that did it last. An
 * alert that is there is found without making its key anew, as a flood finds the same one again and again.
 */
#ifndef SMTPWATCH_RULES_ALERT_STATES_H
#define SMTPWATCH_RULES_ALERT_STATES_H

#include "lib/cleanup.h"
#include "lib/table.h"
#include "rules/alert_key.h"
#include "rules/alerts.h"
#include "rules/networks.h"

#include <smtpwatch/alert.h>
#include <smtpwatch/dialogue.h>
#include <smtpwatch/name.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct incident;

struct alert_state {
	struct table_link link;
	struct alert_key key;
	struct incident *incident;
	struct alert_state *next_combination; /* of the incident; of combinations only */
	bool is_combination;                  /* lives as long as its incident */
	bool is_ended;                        /* that was said, and nothing came since */

	const char *reason;
	char *source;       /* owned; NULL: in the program */
	struct actor actor; /* a copy: the alert outlives its process */
	struct endpoint remote;
	char domain[NAME_SIZE];
	uint64_t flow_id;                 /* of the latest firing, 0: none */
	struct alert_state *next_of_flow; /* in the same bucket of flows */
	struct dialogue *dialogue;        /* a copy, of the latest flow that said something and was looked at */
	bool dialogue_is_said;            /* a line had one */
	enum alert_severity severity;
	char evidence[FIRING_EVIDENCE_SIZE];
	struct alert_measure measures[ALERT_MEASURES_MAX];
	size_t measure_count;
	struct alert_sample samples[ALERT_SAMPLES_MAX];
	size_t sample_count;
	struct networks networks;
	uint64_t cooldown_ns; /* 0: that of all */
	uint64_t count;
	uint64_t said; /* the count in the last line */
	uint64_t first_wall_ns;
	uint64_t last_wall_ns;
	uint64_t last_ns;
	uint64_t line_ns;       /* when the last line was written, but for those that only tell what was said */
	unsigned int continued; /* how often a line said that it is still going */
};

struct alert_states;

/* Room for `capacity` alerts. NULL: no memory. */
struct alert_states *alert_states_new(size_t capacity);
void alert_states_free(struct alert_states *states);
DEFINE_CLEANUP(struct alert_states, alert_states_free)

/* The alert that the firing belongs to. NULL: there is none, and `ret_key` is what its key will be; else that is left
 * as it is. */
struct alert_state *alert_states_find(struct alert_states *states, const struct firing *firing,
				      struct alert_key *ret_key);

/* A new one, of a key that has none: there has to be room. NULL: no memory. */
struct alert_state *alert_states_add(struct alert_states *states, const struct alert_key *key);

/* The same of one of an earlier run. NULL also where there is no room, or one of this key. */
struct alert_state *alert_states_restore(struct alert_states *states, const struct alert_key *key);

/* Frees it, and what it owns. */
void alert_states_remove(struct alert_states *states, struct alert_state *state);

/* Takes over what a firing shows and counts, all but severity and what is said in its flow, and makes the alert the
 * newest. Allocates only what differs from what was known. 0, or -ENOMEM: nothing has changed. */
int alert_states_update(struct alert_states *states, struct alert_state *state, const struct firing *firing);

/* Takes over the name of the flow's destination, and what was said in it so far, if that is anything. */
void alert_state_hear(struct alert_state *state, const struct flow *flow);

/* The first alert of which this flow is the latest, and the next one. NULL: there is none. */
struct alert_state *alert_states_of_flow(const struct alert_states *states, uint64_t flow_id);
struct alert_state *alert_states_next_of_flow(const struct alert_state *state);

/* The one in which something fired longest ago, and the next one. */
struct alert_state *alert_states_oldest(const struct alert_states *states);
struct alert_state *alert_states_newer(const struct alert_state *state);

bool alert_states_are_full(const struct alert_states *states);

#endif
