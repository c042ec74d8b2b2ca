/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known: actors and their flows, joined from observations. No I/O, no clock of its own: all it
 * knows of time is what observations say.
 */
#ifndef SMTPWATCH_MODEL_MODEL_H
#define SMTPWATCH_MODEL_MODEL_H

#include "lib/cleanup.h"
#include "model/scope.h"
#include "model/wires.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/flow.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

/* What an observation changed. Pointers are the model's, valid until its next observation. */
struct model_change {
	struct actor *actor; /* NULL: nobody known */
	struct flow *flow;   /* NULL: no flow, or one whose attempt was never told */
	bool actor_is_new;
	bool flow_began;
	bool flow_established;
	bool flow_ended;
	bool greets_by_address; /* a DNS answer gave the name in EHLO the address that the connection comes from */
	bool is_counted;        /* of a flow that began: its attempt is known by number already */
	bool submitted;         /* mail was handed to the local mail server, by a program or over loopback */
	uint64_t direct_added;  /* attempts to an external port 25 that were not known before */
};

struct model_totals {
	uint64_t attempts; /* told; what was thinned or lost is in the books */
	uint64_t established;
	uint64_t outcomes[SW_OUTCOME_COUNT];
	uint64_t actors_forgotten; /* pushed out of the full table while they still lived */
	uint64_t flows_forgotten;
	uint64_t strangers; /* records of a flow whose attempt was never told */
};

/* How the model takes what the wire shows. All zero: there is no capture. */
struct model_wire_options {
	bool is_captured;           /* connections of `network_namespace` are seen on the wire too */
	uint32_t network_namespace; /* inode number */
	bool is_all;                /* there is nothing but the wire (a replay): each connection is a flow at once */
};

/* `max_actors`, `max_flows`: the tables' sizes. A full table forgets the one that was quiet longest. */
struct model *model_new(size_t max_actors, size_t max_flows);
void model_free(struct model *model);
DEFINE_CLEANUP(struct model, model_free)

/* Takes an observation in. 0, or -ENOMEM: it is then as if it had not been made. */
int model_observe(struct model *model, const struct scopes *scopes, const struct observation *observation,
		  struct model_change *ret_change);

/* To be called when the change was dealt with: lets go of flows and actors that have ended. */
void model_settle(struct model *model, const struct model_change *change);

void model_set_wire_options(struct model *model, const struct model_wire_options *options);

/*
 * What was said on a connection waits until its flow is known. After an observation this gives, one by one, what need
 * not wait any longer: to be observed again. False: nothing. What `ret_observation` points to is valid until the next
 * call.
 */
bool model_next_ready(struct model *model, struct observation *ret_observation);

/* Connections on the wire to which, a second after they were seen, no record of the kernel belongs. `after` is the one
 * that was got before, NULL at first. NULL: no more. */
struct wire *model_next_unclaimed(const struct model *model, const struct wire *after, uint64_t time_ns);

/* NULL: it is forgotten. */
struct wire *model_find_wire(const struct model *model, uint64_t wire_id);

/* Whose connection it is. */
struct wire_claim {
	enum actor_origin origin;
	const struct observation *process; /* identity, actor and executable of ACTOR_ORIGIN_PROCESS; else NULL */
	bool is_counted; /* by the kernel's side, which told no record of it: it is no further attempt */
};

/* Makes one of them a flow. 0 or -ENOMEM. */
int model_claim(struct model *model, const struct scopes *scopes, struct wire *wire, const struct wire_claim *claim,
		struct model_change *ret_change);

/* It has these ends too: NAT. Whether a record of the kernel belongs to them, or is about to; then it is no flow of its
 * own, and may be forgotten by now. */
bool model_rename_wire(struct model *model, struct wire *wire, const struct endpoint *local,
		       const struct endpoint *remote);

/* Whether an attempt is known that it can belong to, whose port is not known yet. */
bool model_expects_wire(const struct model *model, const struct wire *wire);

/* Forgets one of them, and what was said on it. */
void model_drop_wire(struct model *model, struct wire *wire);

/* The capture began anew: no more is told of the connections it spoke of. */
void model_forget_wires(struct model *model);

/* A flow whose end waited for what the wire still had to say, for a second, in vain. False: none. To be settled. */
bool model_next_overdue(struct model *model, uint64_t time_ns, struct model_change *ret_change);

/* Nothing more is waited for: all such flows are overdue. */
void model_hurry(struct model *model);

/* Lets go of actors that have ended. About once a second. */
void model_tick(struct model *model, uint64_t time_ns);

/* The actor that a process is known as, where /proc says who it is: actors_find_process(). NULL: it is not known. */
const struct actor *model_find_process(const struct model *model, const struct sw_actor_key *key, uint64_t tick_ns);

/* Lets go of flows whose actor is gone: their end was lost on the way. About once a minute. */
void model_sweep(struct model *model);

/* The actor of this key. NULL: it is not known. */
const struct actor *model_find_actor(const struct model *model, const struct sw_actor_key *key);

/* The actors, the one that was quiet longest first. */
struct actor *model_oldest_actor(const struct model *model);
struct actor *model_newer_actor(const struct actor *actor);

struct model_totals model_totals(const struct model *model);
size_t model_actor_count(const struct model *model);
size_t model_flow_count(const struct model *model);

#endif
