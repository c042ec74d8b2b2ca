// SPDX-License-Identifier: GPL-2.0-only
#include "model/model.h"

#include "lib/clock.h"
#include "lib/table.h"
#include "model/internal.h"

#include <errno.h>
#include <string.h>

#define WIRE_ACTORS_MAX 1024
#define NAMES_MAX 16384
#define LEFT_STAYS_NS (60 * NANOSECONDS_A_SECOND) /* longer than the capture may be late: capture.c, SILENCE_MAX */
#define GONE_STAYS_NS (3 * NANOSECONDS_A_SECOND)  /* longer than a flow waits for its wire */

struct gone_actor {
	struct table_link link;
	struct sw_actor_key key;
	uint64_t gone_ns;
};

struct model *model_new(size_t max_actors, size_t max_flows)
{
	_cleanup_(cleanup_model_free) struct model *model = calloc(1, sizeof(*model));
	if (!model)
		return NULL;
	model->actors = actors_new(max_actors);
	model->wire_actors = actors_new(WIRE_ACTORS_MAX);
	model->gone = table_new(max_actors, offsetof(struct gone_actor, key), sizeof(struct sw_actor_key), free);
	model->closing = model_closing_new(max_flows);
	model->flows = flows_new(max_flows, model_leave, model);
	model->wires = wires_new(max_flows);
	model->names = host_names_new(NAMES_MAX);
	if (!model->actors || !model->wire_actors || !model->gone || !model->closing || !model->flows ||
	    !model->wires || !model->names)
		return NULL;
	return TAKE_PTR(model);
}

void model_free(struct model *model)
{
	if (!model)
		return;
	actors_free(model->actors);
	actors_free(model->wire_actors);
	table_free(model->gone);
	flows_free(model->flows);
	table_free(model->closing);
	wires_free(model->wires);
	host_names_free(model->names);
	held_events_clear(&model->ready);
	free(model->handed_out);
	free(model);
}

void model_end_flow(struct model *model, struct flow *flow, const struct observation *observation)
{
	flow->outcome = observation->outcome;
	flow->error = observation->error;
	flow->duration_ns = observation->duration_ns;
	flow->bytes_sent = observation->bytes_sent;
	flow->bytes_received = observation->bytes_received;
	model->totals.outcomes[flow->outcome]++;
}

void model_name_flow(struct flow *flow, const struct host_name *name)
{
	memcpy(flow->domain, name->name, sizeof(flow->domain));
	memcpy(flow->mx_domain, name->mx_domain, sizeof(flow->mx_domain));
	flow->mx_preference = name->mx_preference;
}

struct flow model_flow_of(struct model *model, const struct scopes *scopes, const struct observation *observation)
{
	struct flow flow = {
		.id = observation->flow_id,
		.actor = observation->actor,
		.started_ns = observation->time_ns,
		.started_wall_ns = observation->wall_ns,
		.local = observation->local,
		.remote = observation->remote,
		.network_namespace = observation->network_namespace,
		.scope = scopes_classify(scopes, &observation->remote.address),
		.adopted = observation->adopted,
	};
	struct host_name name;

	if (host_names_find(model->names, &observation->remote.address, observation->time_ns, &name))
		model_name_flow(&flow, &name);
	return flow;
}

static struct flow *begin_flow(struct model *model, const struct scopes *scopes, const struct observation *observation,
			       const struct actor *actor)
{
	struct flow like = model_flow_of(model, scopes, observation);

	like.script = script_ref(actor->script);
	struct flow *flow = flows_add(model->flows, &like);
	if (!flow)
		return NULL;
	model->totals.attempts++;
	if (flow->local.port)
		model_meet(model, flow);
	else
		wires_expect(model->wires, &flow->local, &flow->remote);
	return flow;
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
		model_end_flow(model, change->flow, observation);
		change->flow_ended = true;
	}
	if (change->flow->scope == SW_SCOPE_EXTERNAL && change->flow->remote.port == FLOW_DIRECT_PORT) {
		change->actor->direct_told++;
		change->direct_added = 1;
	}
	return 0;
}

static void learn_port(struct model *model, struct flow *flow, const struct endpoint *local)
{
	if (!local->port)
		return;
	if (!flow->local.port)
		wires_stop_expecting(model->wires, &flow->local, &flow->remote);
	else if (memcmp(&flow->local, local, sizeof(*local)) != 0)
		wires_leave_flow(model->wires, &flow->local, &flow->remote, flow->id);
	flow->local = *local;
	model_meet(model, flow);
}

static int observe_state(struct model *model, const struct scopes *scopes, const struct observation *observation,
			 struct model_change *change)
{
	(void)scopes;
	struct flow *flow = flows_find(model->flows, observation->flow_id);
	if (!flow) {
		model->totals.strangers++;
		return 0;
	}
	change->flow = flow;
	change->actor = model_actor_of(model, flow);
	learn_port(model, flow, &observation->local);
	if (observation->kind == OBSERVATION_ESTABLISHED) {
		flow->established = true;
		change->flow_established = true;
		model->totals.established++;
		return 0;
	}
	model_end_flow(model, flow, observation);
	change->flow_ended = !model_waits_for_wire(model, flow, observation->time_ns);
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

static int observe_name(struct model *model, const struct scopes *scopes, const struct observation *observation,
			struct model_change *change)
{
	(void)scopes;
	if (observation->name->kind != NAME_MX_QUERY)
		return host_names_take(model->names, observation->name, observation->time_ns);
	if (!observation->identity)
		return 0;
	return actors_take(model->actors, observation, &change->actor, &change->actor_is_new);
}

/* While there is a capture, what the actor's last flow said may still be on its way. */
static int observe_gone(struct model *model, const struct scopes *scopes, const struct observation *observation,
			struct model_change *change)
{
	(void)scopes;
	(void)change;
	struct gone_actor *gone = NULL;

	if (model->wire.is_captured && !table_is_full(model->gone) && !table_find(model->gone, &observation->actor))
		gone = calloc(1, sizeof(*gone));
	if (!gone) {
		actors_remove(model->actors, &observation->actor);
		return 0;
	}
	gone->key = observation->actor;
	gone->gone_ns = observation->time_ns;
	table_insert(model->gone, gone);
	return 0;
}

typedef int (*observer)(struct model *, const struct scopes *, const struct observation *, struct model_change *);

static const observer observers[OBSERVATION_KIND_COUNT] = {
	[OBSERVATION_ATTEMPT] = observe_attempt,
	[OBSERVATION_ESTABLISHED] = observe_state,
	[OBSERVATION_END] = observe_state,
	[OBSERVATION_COUNTERS] = observe_counters,
	[OBSERVATION_ACTOR_GONE] = observe_gone,
	[OBSERVATION_SUBMISSION] = observe_submission,
	[OBSERVATION_PROGRAM] = observe_program,
	[OBSERVATION_NAME] = observe_name,
	[OBSERVATION_DIALOGUE] = model_observe_dialogue,
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
		flows_remove(model->flows, change->flow);
}

void model_tick(struct model *model, uint64_t time_ns)
{
	struct gone_actor *gone;

	wires_forget_left(model->wires, time_ns > LEFT_STAYS_NS ? time_ns - LEFT_STAYS_NS : 0);
	while ((gone = table_oldest(model->gone)) && gone->gone_ns + GONE_STAYS_NS <= time_ns) {
		actors_remove(model->actors, &gone->key);
		table_remove(model->gone, gone);
	}
}

void model_sweep(struct model *model)
{
	struct flow *next;
	for (struct flow *flow = flows_oldest(model->flows); flow; flow = next) {
		next = flows_newer(flow);
		if (model_actor_of(model, flow))
			continue;
		flows_remove(model->flows, flow);
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
	totals.flows_forgotten += flows_forgotten(model->flows);
	return totals;
}

size_t model_actor_count(const struct model *model)
{
	return actors_count(model->actors);
}

size_t model_flow_count(const struct model *model)
{
	return flows_count(model->flows);
}

const struct actor *model_find_process(const struct model *model, const struct sw_actor_key *key, uint64_t tick_ns)
{
	return actors_find_process(model->actors, key, tick_ns);
}

const struct actor *model_find_actor(const struct model *model, const struct sw_actor_key *key)
{
	return actors_find(model->actors, key);
}
