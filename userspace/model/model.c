// SPDX-License-Identifier: GPL-2.0-only
#include "model/model.h"

#include "lib/table.h"
#include "model/actors.h"

#include <errno.h>
#include <string.h>

struct flow_slot {
	struct table_link link;
	struct flow flow;
};

struct model {
	struct actors *actors;
	struct table *flows;
	struct model_totals totals;
};

static void free_flow(void *entry)
{
	struct flow_slot *slot = entry;
	script_unref(slot->flow.script);
	free(slot);
}

struct model *model_new(size_t max_actors, size_t max_flows)
{
	_cleanup_(cleanup_model_free) struct model *model = calloc(1, sizeof(*model));
	if (!model)
		return NULL;
	model->actors = actors_new(max_actors);
	model->flows = table_new(max_flows, offsetof(struct flow_slot, flow.id), sizeof(uint64_t), free_flow);
	if (!model->actors || !model->flows)
		return NULL;
	return TAKE_PTR(model);
}

void model_free(struct model *model)
{
	if (!model)
		return;
	actors_free(model->actors);
	table_free(model->flows);
	free(model);
}

static void end_flow(struct model *model, struct flow *flow, const struct observation *observation)
{
	flow->outcome = observation->outcome;
	flow->error = observation->error;
	flow->duration_ns = observation->duration_ns;
	flow->bytes_sent = observation->bytes_sent;
	flow->bytes_received = observation->bytes_received;
	model->totals.outcomes[flow->outcome]++;
}

static struct flow *begin_flow(struct model *model, const struct scopes *scopes, const struct observation *observation,
			       const struct actor *actor)
{
	struct flow_slot *slot = calloc(1, sizeof(*slot));
	if (!slot)
		return NULL;
	slot->flow = (struct flow){
		.id = observation->flow_id,
		.actor = observation->actor,
		.started_ns = observation->time_ns,
		.started_wall_ns = observation->wall_ns,
		.local = observation->local,
		.remote = observation->remote,
		.network_namespace = observation->network_namespace,
		.scope = scopes_classify(scopes, &observation->remote.address),
		.adopted = observation->adopted,
		.script = script_ref(actor->script),
	};
	struct flow_slot *same = table_find(model->flows, &slot->flow.id);
	if (same)
		table_remove(model->flows, same);
	if (table_is_full(model->flows)) {
		table_remove(model->flows, table_oldest(model->flows));
		model->totals.flows_forgotten++;
	}
	table_insert(model->flows, slot);
	model->totals.attempts++;
	return &slot->flow;
}

/* Mail that is handed to the mail server of this host over TCP: relaying (RFC 5321), submission (RFC 6409) or
 * submission over TLS (RFC 8314) to an address of its own. */
static bool is_submission(const struct flow *flow)
{
	bool is_here = flow->scope == SW_SCOPE_HOST || address_is_loopback(&flow->remote.address);

	return is_here &&
	       (flow->remote.port == FLOW_DIRECT_PORT || flow->remote.port == 587 || flow->remote.port == 465);
}

static int observe_attempt(struct model *model, const struct scopes *scopes, const struct observation *observation,
			   struct model_change *change)
{
	int error = actors_take(model->actors, observation, &change->actor, &change->actor_is_new);
	if (error)
		return error;
	change->flow = begin_flow(model, scopes, observation, change->actor);
	if (!change->flow) {
		if (change->actor_is_new) /* or nobody would ever look at it */
			actors_remove(model->actors, &observation->actor);
		return -ENOMEM;
	}
	change->flow_began = true;
	change->submitted = is_submission(change->flow);
	if (observation->error) {
		end_flow(model, change->flow, observation);
		change->flow_ended = true;
	}
	if (change->flow->scope == SW_SCOPE_EXTERNAL && change->flow->remote.port == FLOW_DIRECT_PORT) {
		change->actor->direct_told++;
		change->direct_added = 1;
	}
	return 0;
}

static int observe_state(struct model *model, const struct scopes *scopes, const struct observation *observation,
			 struct model_change *change)
{
	(void)scopes;
	struct flow_slot *slot = table_find(model->flows, &observation->flow_id);
	if (!slot) {
		model->totals.strangers++;
		return 0;
	}
	change->flow = &slot->flow;
	change->actor = actors_find(model->actors, &slot->flow.actor);
	if (observation->local.port)
		slot->flow.local = observation->local;
	if (observation->kind == OBSERVATION_ESTABLISHED) {
		slot->flow.established = true;
		change->flow_established = true;
		model->totals.established++;
		return 0;
	}
	end_flow(model, &slot->flow, observation);
	change->flow_ended = true;
	return 0;
}

static int observe_counters(struct model *model, const struct scopes *scopes, const struct observation *observation,
			    struct model_change *change)
{
	(void)scopes;
	int error = actors_take(model->actors, observation, &change->actor, &change->actor_is_new);
	if (error)
		return error;
	if (observation->direct_untold > change->actor->direct_untold) {
		change->direct_added = observation->direct_untold - change->actor->direct_untold;
		change->actor->direct_untold = observation->direct_untold;
	}
	return 0;
}

static int observe_submission(struct model *model, const struct scopes *scopes, const struct observation *observation,
			      struct model_change *change)
{
	(void)scopes;
	change->submitted = true;
	return actors_take(model->actors, observation, &change->actor, &change->actor_is_new);
}

/* A file that is executed is no actor yet: who looks at it is the daemon. */
static int observe_program(struct model *model, const struct scopes *scopes, const struct observation *observation,
			   struct model_change *change)
{
	(void)model;
	(void)scopes;
	(void)observation;
	(void)change;
	return 0;
}

static int observe_gone(struct model *model, const struct scopes *scopes, const struct observation *observation,
			struct model_change *change)
{
	(void)scopes;
	(void)change;
	actors_remove(model->actors, &observation->actor);
	return 0;
}

typedef int (*observer)(struct model *, const struct scopes *, const struct observation *, struct model_change *);

static const observer observers[OBSERVATION_KIND_COUNT] = {
	[OBSERVATION_ATTEMPT] = observe_attempt, [OBSERVATION_ESTABLISHED] = observe_state,
	[OBSERVATION_END] = observe_state,       [OBSERVATION_COUNTERS] = observe_counters,
	[OBSERVATION_ACTOR_GONE] = observe_gone, [OBSERVATION_SUBMISSION] = observe_submission,
	[OBSERVATION_PROGRAM] = observe_program,
};

int model_observe(struct model *model, const struct scopes *scopes, const struct observation *observation,
		  struct model_change *ret_change)
{
	struct model_change change = {0};
	int error = observers[observation->kind](model, scopes, observation, &change);
	if (error)
		return error;
	*ret_change = change;
	return 0;
}

void model_settle(struct model *model, const struct model_change *change)
{
	if (change->flow && change->flow_ended)
		table_remove(model->flows, (char *)change->flow - offsetof(struct flow_slot, flow));
}

void model_sweep(struct model *model)
{
	struct flow_slot *next;
	for (struct flow_slot *slot = table_oldest(model->flows); slot; slot = next) {
		next = table_newer(slot);
		if (actors_find(model->actors, &slot->flow.actor))
			continue;
		table_remove(model->flows, slot);
		model->totals.flows_forgotten++;
	}
}

struct actor *model_oldest_actor(const struct model *model)
{
	return actors_oldest(model->actors);
}

struct actor *model_newer_actor(const struct actor *actor)
{
	return actors_newer(actor);
}

struct model_totals model_totals(const struct model *model)
{
	struct model_totals totals = model->totals;
	totals.actors_forgotten = actors_forgotten(model->actors);
	return totals;
}

size_t model_actor_count(const struct model *model)
{
	return actors_count(model->actors);
}

size_t model_flow_count(const struct model *model)
{
	return table_count(model->flows);
}
