/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of flows, by number. */
#ifndef SMTPWATCH_MODEL_FLOWS_H
#define SMTPWATCH_MODEL_FLOWS_H

#include "lib/cleanup.h"

#include <smtpwatch/flow.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the model keeps of a flow beside the flow. */
struct flow_state {
	bool is_wire_only; /* no record of the kernel tells of it */
	bool wire_ended;   /* the wire has shown its end */
	bool is_closing;   /* the kernel has told its end, and what the wire still has to say is waited for */
};

struct flows;

/* A full table forgets the one that began longest ago, after `leave` was told. NULL: no memory. */
struct flows *flows_new(size_t capacity, void (*leave)(void *context, const struct flow *flow), void *context);
/* Tells nobody. */
void flows_free(struct flows *flows);
DEFINE_CLEANUP(struct flows, flows_free)

/* Takes ownership of what `like` owns, also when it fails; one with the same number is replaced. NULL: no memory. */
struct flow *flows_add(struct flows *flows, const struct flow *like);

struct flow *flows_find(const struct flows *flows, uint64_t id);
struct flow_state *flows_state(struct flow *flow);
void flows_remove(struct flows *flows, struct flow *flow);

/* The one that began longest ago, and the next one. */
struct flow *flows_oldest(const struct flows *flows);
struct flow *flows_newer(const struct flow *flow);

size_t flows_count(const struct flows *flows);
uint64_t flows_forgotten(const struct flows *flows);

#endif
