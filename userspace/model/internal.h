/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the model share. */
#ifndef SMTPWATCH_MODEL_INTERNAL_H
#define SMTPWATCH_MODEL_INTERNAL_H

#include "model/actors.h"
#include "model/flows.h"
#include "model/host_names.h"
#include "model/model.h"
#include "model/wires.h"

struct table;

struct model {
	struct actors *actors;
	struct actors
		*wire_actors;  /* of which only packets are known: whoever forges addresses crowds out only these */
	struct table *gone;    /* actors that are to be removed: see model_tick() */
	struct table *closing; /* flows that wait for what the wire still has to say of them */
	bool closing_is_over;  /* it will say no more: those that wait are overdue */
	struct flows *flows;
	struct wires *wires;
	struct host_names *names;
	struct held_events ready; /* of connections whose flow is known by now */
	struct held_event *handed_out;
	struct model_wire_options wire;
	struct model_totals totals;
};

/* The table `closing`. NULL: no memory. */
struct table *model_closing_new(size_t capacity);

/* The flow's endpoints are known: it may be on the wire already. */
void model_meet(struct model *model, struct flow *flow);

/* Lets the wire go of a flow that leaves the table. `context` is the model. */
void model_leave(void *context, const struct flow *flow);

/* Takes over what the end of a flow says. */
void model_end_flow(struct model *model, struct flow *flow, const struct observation *observation);

/* The kernel saw the end of a flow. Whether what the wire still has to say of it is waited for. */
bool model_waits_for_wire(struct model *model, struct flow *flow, uint64_t time_ns);

/* A flow as an observation says that it begins; its name is looked up. Nothing is owned yet. */
struct flow model_flow_of(struct model *model, const struct scopes *scopes, const struct observation *observation);

void model_name_flow(struct flow *flow, const struct host_name *name);

/* The actor of a flow, wherever it is. NULL: not known any more. */
struct actor *model_actor_of(const struct model *model, const struct flow *flow);

int model_observe_dialogue(struct model *model, const struct scopes *scopes, const struct observation *observation,
			   struct model_change *change);

#endif
