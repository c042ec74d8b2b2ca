// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/pipeline_internal.h"

#include "daemon/owner.h"
#include "daemon/tell.h"
#include "identity/programs.h"
#include "ledger/keep.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#define SWEEP_TICKS 60
#define MEMORY_TICKS 60

/* An alert can come before the first packet was seen. */
static void ask_for_evidence(struct pipeline *pipeline, struct flow *flow)
{
	if (!flow->alerted_by || !flow->wire_id || flow->evidence_asked || !pipeline->hooks.want_evidence)
		return;
	flow->evidence_asked = true;
	pipeline->hooks.want_evidence(pipeline->hooks.context, flow->wire_id, flow->alerted_by);
}

/* Told when it begins, and when it has been over for a while: between two observations there is often a little. */
static void report_memory(struct pipeline *pipeline, int error)
{
	if (!error)
		return;
	if (pipeline->lost_to_memory == pipeline->told_lost)
		log_error("out of memory: observations are lost until there is some");
	pipeline->lost_to_memory++;
	pipeline->ticks_since_loss = 0;
}

static void report_memory_again(struct pipeline *pipeline)
{
	if (pipeline->lost_to_memory == pipeline->told_lost || pipeline->ticks_since_loss++ < MEMORY_TICKS)
		return;
	log_notice("there is memory again; %" PRIu64 " observations were lost",
		   pipeline->lost_to_memory - pipeline->told_lost);
	pipeline->told_lost = pipeline->lost_to_memory;
}

/* A connection that an earlier run saw begin was counted and judged then. */
static void leave_out_resumed(const struct pipeline *pipeline, struct model_change *change)
{
	if (!change->flow_began || !change->flow->adopted || !pipeline->ledger ||
	    !ledger_resume(pipeline->ledger, change->flow))
		return;
	change->flow_began = change->submitted = false;
	change->direct_added = 0;
}

/* Identity, sinks and rules, of what an observation changed. */
static void follow(struct pipeline *pipeline, const struct observation *observation, struct model_change *change)
{
	if (change->actor_is_new)
		identity_complete(pipeline->identity, change->actor);
	tell(pipeline->sinks, observation, change);
	pipeline->followed++;
	leave_out_resumed(pipeline, change);
	if (pipeline->recorder)
		recorder_take(pipeline->recorder, observation, change);
	pipeline->judged = change->flow;
	report_memory(pipeline, rules_judge(pipeline->rules, observation, change));
	pipeline->judged = NULL;
	const struct judgement judgement = rules_judgement(pipeline->rules);
	if (pipeline->ledger)
		ledger_observe(pipeline->ledger, observation, change, &judgement);
	if (change->flow)
		ask_for_evidence(pipeline, change->flow);
	model_settle(pipeline->model, change);
}

static void observe(struct pipeline *pipeline, const struct observation *seen)
{
	struct observation observation = *seen;
	struct script script;
	struct model_change change;

	if (observation.executable && identity_find_script(pipeline->identity, &observation, &script))
		observation.script = &script;
	int error = model_observe(pipeline->model, pipeline->scopes, &observation, &change);
	report_memory(pipeline, error);
	if (!error)
		follow(pipeline, &observation, &change);
}

/* When a packet was seen, of the clock that observations have. */
static uint64_t time_of_packet(const struct pipeline *pipeline, uint64_t wall_ns)
{
	if (pipeline->is_replay)
		return wall_ns;
	uint64_t now_ns = clock_boot_ns();
	uint64_t now_wall_ns = clock_wall_ns();
	uint64_t age_ns = now_wall_ns > wall_ns ? now_wall_ns - wall_ns : 0;
	return now_ns > age_ns ? now_ns - age_ns : 0;
}

/* What is known by now of what was said before. */
static void observe_ready(struct pipeline *pipeline)
{
	struct observation observation;

	while (model_next_ready(pipeline->model, &observation)) {
		observation.wall_ns = observation.dialogue->wall_ns;
		observation.time_ns = time_of_packet(pipeline, observation.wall_ns);
		observe(pipeline, &observation);
	}
}

void pipeline_take(void *context, const struct observation *observation)
{
	struct pipeline *pipeline = context;

	/* The program that can hand over mail was started for something else. */
	if (observation->kind == OBSERVATION_SUBMISSION && !programs_hands_over_message(observation))
		return;
	if (pipeline->held && held_attempts_take(pipeline->held, pipeline->scopes, observation, clock_boot_ns()))
		return;
	observe(pipeline, observation);
	observe_ready(pipeline);
}

static void release(struct pipeline *pipeline, bool is_end)
{
	const struct observation *observation;
	uint64_t now_ns = clock_boot_ns();

	while (pipeline->held && (observation = held_attempts_next(pipeline->held, now_ns, is_end))) {
		observe(pipeline, observation);
		observe_ready(pipeline);
	}
}

void pipeline_release(struct pipeline *pipeline)
{
	if (pipeline_holds_attempts(pipeline))
		release(pipeline, false);
}

bool pipeline_holds_attempts(const struct pipeline *pipeline)
{
	return pipeline->held && held_attempts_count(pipeline->held) > 0;
}

struct reply_context {
	const struct pipeline *pipeline;
	const struct dialogue_event *event;
};

/* Whether a reply that quotes this address can mean this host. Behind a NAT nobody here knows the outer address. */
static bool is_our_address(void *context, const struct address *address)
{
	const struct reply_context *own = context;
	const struct scopes *scopes = own->pipeline->scopes;
	const struct address *local = &own->event->local.address;

	if (memcmp(address, local, sizeof(*address)) == 0)
		return true;
	return scopes_classify(scopes, address) == SW_SCOPE_HOST || scope_is_internal(local);
}

static void classify(const struct pipeline *pipeline, struct dialogue_event *event)
{
	struct reply_context context = {.pipeline = pipeline, .event = event};

	if (event->kind == DIALOGUE_REPLY && pipeline->replies)
		event->class = replies_classify(pipeline->replies, event, is_our_address, &context, &event->receiver);
}

/* The kernel's record of it is older than its first packet, but the packet may have been read first. */
static void claim_opened(struct pipeline *pipeline, uint64_t wire_id)
{
	const struct wire *wire = model_find_wire(pipeline->model, wire_id);
	struct observation observation;
	struct model_change change;

	if (!pipeline->claims || !wire || wire->flow_id)
		return;
	if (pipeline->hooks.catch_up)
		pipeline->hooks.catch_up(pipeline->hooks.context);
	if (pipeline_holds_attempts(pipeline)) /* it may be of one of them: the next round will know */
		return;
	if (claims_take(pipeline->claims, pipeline->scopes, wire_id, &observation, &change))
		follow(pipeline, &observation, &change);
}

void pipeline_take_dialogue(void *context, const struct dialogue_event *seen)
{
	struct pipeline *pipeline = context;
	struct dialogue_event event = *seen;
	struct socket_owner owner;
	struct observation observation = {
		.kind = OBSERVATION_DIALOGUE,
		.time_ns = time_of_packet(pipeline, event.wall_ns),
		.wall_ns = event.wall_ns,
		.local = event.local,
		.remote = event.remote,
		.dialogue = &event,
	};

	if (event.kind == DIALOGUE_OFF_PORT) {
		if (scopes_classify(pipeline->scopes, &event.remote.address) != SW_SCOPE_EXTERNAL)
			return;
		const struct owned owned = {IPPROTO_TCP, event.local, event.remote};
		owner_find(pipeline->sockets, pipeline->model, &owned, &owner, &observation);
	}
	classify(pipeline, &event);
	observe(pipeline, &observation);
	if (event.kind == DIALOGUE_OPENED)
		claim_opened(pipeline, event.wire_id);
	observe_ready(pipeline);
}

void pipeline_take_name(void *context, const struct name_event *event)
{
	struct pipeline *pipeline = context;
	struct socket_owner owner;
	struct observation observation = {
		.kind = OBSERVATION_NAME,
		.time_ns = time_of_packet(pipeline, event->wall_ns),
		.wall_ns = event->wall_ns,
		.local = event->asker,
		.remote = event->server,
		.name = event,
	};

	if (pipeline->smarthosts)
		smarthosts_take_name(pipeline->smarthosts, event, clock_boot_ns());
	const struct owned owned = {event->protocol, event->asker, event->server};
	if (event->kind == NAME_MX_QUERY)
		owner_find(pipeline->sockets, pipeline->model, &owned, &owner, &observation);
	observe(pipeline, &observation);
}

void pipeline_forget_wires(struct pipeline *pipeline)
{
	model_forget_wires(pipeline->model);
}

/* What the kernel has no record of, though a packet was seen. */
static void claim_wires(struct pipeline *pipeline, uint64_t time_ns)
{
	struct observation observation;
	struct model_change change;
	uint64_t untold = pipeline->hooks.count_untold ? pipeline->hooks.count_untold(pipeline->hooks.context) : 0;

	claims_begin(pipeline->claims, time_ns, untold);
	while (claims_next(pipeline->claims, pipeline->scopes, &observation, &change)) {
		follow(pipeline, &observation, &change);
		observe_ready(pipeline);
	}
	observe_ready(pipeline);
}

static void end_overdue(struct pipeline *pipeline, uint64_t time_ns, uint64_t wall_ns)
{
	const struct observation observation = {.kind = OBSERVATION_END, .time_ns = time_ns, .wall_ns = wall_ns};
	struct model_change change;

	while (model_next_overdue(pipeline->model, time_ns, &change))
		follow(pipeline, &observation, &change);
}

void pipeline_tick(struct pipeline *pipeline, uint64_t wall_ns)
{
	const uint64_t time_ns = pipeline->is_replay ? wall_ns : clock_boot_ns();

	end_overdue(pipeline, time_ns, wall_ns);
	if (pipeline->claims)
		claim_wires(pipeline, time_ns);
	rules_tick(pipeline->rules, time_ns, wall_ns);
	model_tick(pipeline->model, time_ns);
	if (++pipeline->ticks % SWEEP_TICKS == 0)
		model_sweep(pipeline->model);
	if (pipeline->recorder)
		recorder_tick(pipeline->recorder);
	sinks_tick(pipeline->sinks);
	report_memory_again(pipeline);
}

void pipeline_settle(struct pipeline *pipeline)
{
	release(pipeline, true);
	model_hurry(pipeline->model);
	if (!pipeline->is_replay)
		end_overdue(pipeline, clock_boot_ns(), clock_wall_ns());
}

void pipeline_finish(struct pipeline *pipeline)
{
	rules_finish(pipeline->rules);
}
