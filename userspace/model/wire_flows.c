// SPDX-License-Identifier: GPL-2.0-only
/* Where what the wire says joins what the kernel says. */
#include "lib/clock.h"
#include "lib/table.h"
#include "model/dialogue.h"
#include "model/internal.h"

#include <errno.h>
#include <string.h>

#define WIRE_WAITS_NS NANOSECONDS_A_SECOND /* for a record of the kernel; an end waits as long for the wire */
#define WIRE_FLOW_ID (1ULL << 63)          /* the kernel side counts from 1 */

struct closing_flow {
	struct table_link link;
	uint64_t id;
	uint64_t since_ns;
};

void model_set_wire_options(struct model *model, const struct model_wire_options *options)
{
	model->wire = *options;
}

struct actor *model_actor_of(const struct model *model, const struct flow *flow)
{
	struct actor *actor = actors_find(model->actors, &flow->actor);
	return actor ? actor : actors_find(model->wire_actors, &flow->actor);
}

/* -ENOMEM: what was said before is missing, and the next text will say so. */
static struct dialogue *dialogue_of(struct flow *flow, const struct wire *wire)
{
	if (!flow->dialogue)
		flow->dialogue = dialogue_new();
	if (flow->dialogue && wire) {
		flow->dialogue->from_middle = !wire->has_syn;
		flow->dialogue->lost |= wire->is_cut;
	}
	return flow->dialogue;
}

static void name_wire(struct model *model, struct wire *wire)
{
	struct host_name name;

	if (!wire->has_syn || !host_names_find(model->names, &wire->remote.address, wire->seen_ns, &name))
		return;
	wire->name = malloc(sizeof(*wire->name));
	if (wire->name)
		*wire->name = name;
}

/* Packets stand in their order, so what the wire's beginning goes by was answered before it. The record of the kernel
 * can have been read earlier than the answer. */
static void take_name(struct flow *flow, struct wire *wire)
{
	_cleanup_free_ struct host_name *name = TAKE_PTR(wire->name);
	if (name)
		model_name_flow(flow, name);
}

static void join(struct model *model, struct flow *flow, struct wire *wire)
{
	take_name(flow, wire);
	wire->flow_id = flow->id;
	flow->wire_id = wire->id;
	if (wire->is_cut)
		dialogue_of(flow, wire);
	wires_release(model->wires, wire, &model->ready);
}

void model_meet(struct model *model, struct flow *flow)
{
	struct wire *wire = wires_meet_flow(model->wires, &flow->local, &flow->remote, flow->id);
	if (wire && wire->flow_id == 0)
		join(model, flow, wire);
}

void model_leave(void *context, const struct flow *flow)
{
	struct model *model = context;

	if (flow->local.port && !flow->wire_id && model->wire.is_captured)
		wires_note_left(model->wires, &flow->local, &flow->remote, flow->started_ns + flow->duration_ns);
	if (flow->local.port)
		wires_leave_flow(model->wires, &flow->local, &flow->remote, flow->id);
	else
		wires_stop_expecting(model->wires, &flow->local, &flow->remote);
	struct closing_flow *closing = table_find(model->closing, &flow->id);
	if (closing)
		table_remove(model->closing, closing);
	struct wire *wire = flow->wire_id ? wires_find(model->wires, flow->wire_id) : NULL;
	if (wire && wire->flow_id == flow->id)
		wires_remove(model->wires, wire);
}

struct table *model_closing_new(size_t capacity)
{
	return table_new(capacity, offsetof(struct closing_flow, id), sizeof(uint64_t), free);
}

/* False: there is no room or memory to wait. */
static bool await(struct model *model, uint64_t flow_id, uint64_t time_ns)
{
	struct closing_flow *closing = table_is_full(model->closing) ? NULL : calloc(1, sizeof(*closing));
	if (!closing)
		return false;
	closing->id = flow_id;
	closing->since_ns = time_ns;
	table_insert(model->closing, closing);
	return true;
}

bool model_waits_for_wire(struct model *model, struct flow *flow, uint64_t time_ns)
{
	struct flow_state *state = flows_state(flow);
	bool is_seen = flow->wire_id || flow->network_namespace == model->wire.network_namespace;

	if (!model->wire.is_captured || !is_seen || !flow->established || state->wire_ended)
		return false;
	if (!state->is_closing)
		state->is_closing = await(model, flow->id, time_ns);
	return state->is_closing;
}

/* An identity that is only a key: no process has pid 0, and the address stands where an executable does. */
static struct sw_identity identity_of_source(const struct wire_source *source)
{
	struct sw_identity identity = {.key = {.exe_device = UINT32_MAX, .uid = UINT32_MAX}};

	static_assert(sizeof(identity.key.start_ns) + sizeof(identity.key.exe_inode) == sizeof(source->address),
		      "an address fills both");
	memcpy(&identity.key.start_ns, source->address.bytes, sizeof(identity.key.start_ns));
	memcpy(&identity.key.exe_inode, source->address.bytes + sizeof(identity.key.start_ns),
	       sizeof(identity.key.exe_inode));
	identity.euid = identity.loginuid = UINT32_MAX;
	return identity;
}

static int take_wire_actor(struct model *model, const struct wire_source *source, enum actor_origin origin,
			   const struct observation *like, struct model_change *change)
{
	struct sw_identity identity = identity_of_source(source);
	struct observation observation = *like;

	identity.key.reserved = origin; /* one address can be several: a guest that is routed, a socket's that is not */
	observation.identity = &identity;
	int error = actors_take(model->wire_actors, &observation, &change->actor, &change->actor_is_new);
	if (error)
		return error;
	change->actor->origin = origin;
	change->actor->source = *source;
	return 0;
}

/* A process that the kernel side has told nothing of: of this connection nor, in its counters, of the attempt. */
static int take_process(struct model *model, const struct observation *process, const struct observation *like,
			struct model_change *change)
{
	struct observation observation = *like;

	observation.actor = process->actor;
	observation.identity = process->identity;
	observation.executable = process->executable;
	return actors_take(model->actors, &observation, &change->actor, &change->actor_is_new);
}

static void count_direct(const struct flow *flow, struct model_change *change)
{
	if (change->actor->origin != ACTOR_ORIGIN_PROCESS || flow->scope != SW_SCOPE_EXTERNAL ||
	    flow->remote.port != FLOW_DIRECT_PORT)
		return;
	change->actor->direct_told++;
	change->direct_added = 1;
}

int model_claim(struct model *model, const struct scopes *scopes, struct wire *wire, const struct wire_claim *claim,
		struct model_change *ret_change)
{
	const struct observation observation = {
		.kind = OBSERVATION_DIALOGUE,
		.time_ns = wire->seen_ns,
		.wall_ns = wire->wall_ns,
		.flow_id = wire->id | WIRE_FLOW_ID,
		.local = wire->local,
		.remote = wire->remote,
	};
	struct model_change change = {.flow_began = true, .is_counted = claim->is_counted};

	int error = claim->process ? take_process(model, claim->process, &observation, &change)
				   : take_wire_actor(model, &wire->source, claim->origin, &observation, &change);
	if (error)
		return error;
	struct flow flow = model_flow_of(model, scopes, &observation);
	flow.actor = change.actor->identity.key;
	change.flow = flows_add(model->flows, &flow);
	if (!change.flow)
		return -ENOMEM;
	flows_state(change.flow)->is_wire_only = true;
	if (!claim->is_counted)
		model->totals.attempts++;
	count_direct(change.flow, &change);
	wires_meet_flow(model->wires, &wire->local, &wire->remote, change.flow->id);
	join(model, change.flow, wire);
	*ret_change = change;
	return 0;
}

bool model_expects_wire(const struct model *model, const struct wire *wire)
{
	return wires_is_expected(model->wires, &wire->local, &wire->remote);
}

struct wire *model_find_wire(const struct model *model, uint64_t wire_id)
{
	return wires_find(model->wires, wire_id);
}

void model_drop_wire(struct model *model, struct wire *wire)
{
	wires_remove(model->wires, wire);
}

static int open_wire(struct model *model, const struct scopes *scopes, const struct observation *observation,
		     struct model_change *change)
{
	const struct dialogue_event *event = observation->dialogue;
	struct wire *wire;

	if (wires_has_left(model->wires, &event->local, &event->remote, observation->time_ns))
		return 0;
	int error = wires_open(model->wires, event, observation->time_ns, &wire);
	if (error)
		return error;
	struct flow *flow = wire->flow_id ? flows_find(model->flows, wire->flow_id) : NULL;
	wire->flow_id = 0;
	name_wire(model, wire);
	if (flow)
		join(model, flow, wire);
	else if (model->wire.is_all)
		return model_claim(model, scopes, wire, &(struct wire_claim){.origin = ACTOR_ORIGIN_WIRE}, change);
	return 0;
}

/* False: it was the connection of a flow that has left, and is forgotten. */
static bool add_alias(struct model *model, struct wire *wire, const struct endpoint *local,
		      const struct endpoint *remote)
{
	if (!wire->flow_id && wires_has_left(model->wires, local, remote, wire->seen_ns)) {
		wires_remove(model->wires, wire);
		return false;
	}
	uint64_t flow_id = wires_add_alias(model->wires, wire, local, remote);
	struct flow *flow = flow_id && !wire->flow_id ? flows_find(model->flows, flow_id) : NULL;
	if (flow)
		join(model, flow, wire);
	return true;
}

static bool has_ends(const struct wire *wire, const struct endpoint *local, const struct endpoint *remote)
{
	for (size_t i = 0; i < wire->alias_count; i++)
		if (memcmp(&wire->aliases[i][0], local, sizeof(*local)) == 0 &&
		    memcmp(&wire->aliases[i][1], remote, sizeof(*remote)) == 0)
			return true;
	return false;
}

bool model_rename_wire(struct model *model, struct wire *wire, const struct endpoint *local,
		       const struct endpoint *remote)
{
	if (!has_ends(wire, local, remote) && !add_alias(model, wire, local, remote))
		return true;
	return wire->flow_id || wires_is_expected(model->wires, local, remote);
}

static const enum sw_outcome outcomes[] = {
	[DIALOGUE_ENDING_CLOSED] = SW_OUTCOME_CLOSED,   [DIALOGUE_ENDING_RESET] = SW_OUTCOME_RESET,
	[DIALOGUE_ENDING_REFUSED] = SW_OUTCOME_REFUSED, [DIALOGUE_ENDING_SILENT] = SW_OUTCOME_TIMED_OUT,
	[DIALOGUE_ENDING_UNSEEN] = SW_OUTCOME_PENDING,
};
static_assert(sizeof(outcomes) / sizeof(outcomes[0]) == DIALOGUE_ENDING_COUNT, "an outcome for each ending");

/* The wire shows the end of a flow. */
static void end_on_wire(struct model *model, struct flow *flow, const struct dialogue_event *event,
			struct model_change *change)
{
	struct flow_state *state = flows_state(flow);

	state->wire_ended = true;
	if (state->is_wire_only) {
		const struct observation end = {
			.outcome = outcomes[event->ending],
			.duration_ns = event->duration_ns,
			.bytes_sent = event->bytes_sent,
			.bytes_received = event->bytes_received,
		};
		model_end_flow(model, flow, &end);
	}
	change->flow_ended = state->is_wire_only || state->is_closing;
}

/* An event of a connection whose flow is known. */
static int apply(struct model *model, struct flow *flow, struct wire *wire, const struct observation *observation,
		 struct model_change *change)
{
	const struct dialogue_event *event = observation->dialogue;
	int error = 0;

	change->flow = flow;
	change->actor = model_actor_of(model, flow);
	if (event->kind == DIALOGUE_ANSWERED) {
		if (flows_state(flow)->is_wire_only && !flow->established) {
			flow->established = change->flow_established = true;
			model->totals.established++;
		}
		return 0;
	}
	if (flow->dialogue || event->kind != DIALOGUE_ENDED) {
		struct dialogue *dialogue = dialogue_of(flow, wire);
		error = dialogue ? dialogue_take(dialogue, event) : -ENOMEM;
	}
	if (event->kind == DIALOGUE_HELO)
		change->greets_by_address =
			host_names_has_address(model->names, event->name, &flow->local.address, observation->time_ns);
	if (event->kind == DIALOGUE_ENDED) {
		end_on_wire(model, flow, event, change);
		wires_remove(model->wires, wire);
	}
	return error == -ENOMEM && !change->flow_ended ? error : 0;
}

/* A connection on a port that is not watched: there is no flow of it. */
static int take_off_port(struct model *model, const struct observation *observation, struct model_change *change)
{
	const struct wire_source source = {.address = observation->local.address};

	if (observation->identity)
		return actors_take(model->actors, observation, &change->actor, &change->actor_is_new);
	return take_wire_actor(model, &source, ACTOR_ORIGIN_WIRE, observation, change);
}

int model_observe_dialogue(struct model *model, const struct scopes *scopes, const struct observation *observation,
			   struct model_change *change)
{
	const struct dialogue_event *event = observation->dialogue;

	if (event->kind == DIALOGUE_OFF_PORT)
		return take_off_port(model, observation, change);
	if (event->kind == DIALOGUE_OPENED)
		return open_wire(model, scopes, observation, change);
	struct wire *wire = wires_find(model->wires, event->wire_id);
	if (!wire)
		return 0;
	if (event->kind == DIALOGUE_ALIAS) {
		add_alias(model, wire, &event->alias_local, &event->alias_remote);
		return 0;
	}
	if (!wire->flow_id) {
		wire->ended |= event->kind == DIALOGUE_ENDED;
		int error = wires_hold(model->wires, wire, event);
		return error == -ENOSPC ? 0 : error;
	}
	struct flow *flow = flows_find(model->flows, wire->flow_id);
	return flow ? apply(model, flow, wire, observation, change) : 0;
}

bool model_next_ready(struct model *model, struct observation *ret_observation)
{
	free(model->handed_out);
	model->handed_out = held_events_take(&model->ready);
	if (!model->handed_out)
		return false;
	*ret_observation = (struct observation){
		.kind = OBSERVATION_DIALOGUE,
		.local = model->handed_out->event.local,
		.remote = model->handed_out->event.remote,
		.dialogue = &model->handed_out->event,
	};
	return true;
}

struct wire *model_next_unclaimed(const struct model *model, const struct wire *after, uint64_t time_ns)
{
	struct wire *wire = after ? wires_newer(after) : wires_oldest(model->wires);

	for (; wire; wire = wires_newer(wire)) {
		if (wire->seen_ns + WIRE_WAITS_NS > time_ns)
			return NULL; /* they stand in the order in which they were seen */
		if (!wire->flow_id && !model_expects_wire(model, wire))
			return wire;
	}
	return NULL;
}

/* Nothing more is told of a flow: what is only known from the wire has ended. */
static void forget_wire_of(struct model *model, struct flow *flow)
{
	struct flow_state *state = flows_state(flow);

	flow->wire_id = 0;
	state->wire_ended = true;
	if (flow->dialogue)
		flow->dialogue->lost = true;
	if (state->is_wire_only && !state->is_closing)
		state->is_closing = await(model, flow->id, 0);
}

void model_forget_wires(struct model *model)
{
	struct wire *wire;

	held_events_clear(&model->ready);
	for (struct flow *flow = flows_oldest(model->flows); flow; flow = flows_newer(flow))
		if (flow->wire_id)
			forget_wire_of(model, flow);
	while ((wire = wires_oldest(model->wires)))
		wires_remove(model->wires, wire);
	model->closing_is_over = true;
}

void model_hurry(struct model *model)
{
	model->closing_is_over = true;
}

bool model_next_overdue(struct model *model, uint64_t time_ns, struct model_change *ret_change)
{
	const struct closing_flow *closing = table_oldest(model->closing);
	bool is_due = closing && (model->closing_is_over || closing->since_ns + WIRE_WAITS_NS <= time_ns);

	model->closing_is_over &= closing != NULL;
	struct flow *flow = is_due ? flows_find(model->flows, closing->id) : NULL;
	if (!flow)
		return false;
	*ret_change = (struct model_change){
		.flow = flow,
		.actor = model_actor_of(model, flow),
		.flow_ended = true,
	};
	return true;
}
