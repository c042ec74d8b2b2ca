// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/pipeline.h"

#include "daemon/claims.h"
#include "daemon/held_attempts.h"
#include "daemon/owner.h"
#include "daemon/settings.h"
#include "daemon/tell.h"
#include "identity/host.h"
#include "identity/identity.h"
#include "identity/programs.h"
#include "identity/sockets.h"
#include "ledger/keep.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "recorded/writer.h"
#include "rules/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#define SWEEP_TICKS 60
#define MEMORY_TICKS 60

struct pipeline {
	struct model *model;
	struct scopes *scopes;
	struct identity *identity;
	struct replies *replies;
	struct rules *rules;
	struct sockets *sockets;       /* NULL in a replay */
	struct claims *claims;         /* the same */
	struct smarthosts *smarthosts; /* the same, and in the time before they are set */
	struct held_attempts *held;    /* the same */
	struct ledger *ledger;         /* NULL: nobody looks on */
	struct recorder *recorder;     /* NULL: nothing is recorded */
	uint32_t network_namespace;
	struct sinks *sinks;
	struct pipeline_hooks hooks;
	struct flow *judged; /* the flow that the rules look at */
	char host_name[HOST_NAME_SIZE];
	unsigned int ticks;
	uint64_t followed; /* observations */
	bool is_replay;
	uint64_t lost_to_memory; /* observations */
	uint64_t told_lost;      /* of them, when the log was last told; and for how many ticks there was no other */
	unsigned int ticks_since_loss;
};

static void forward_alert(void *context, const struct alert *alert)
{
	struct pipeline *pipeline = context;
	sinks_write_alert(pipeline->sinks, alert);
	if (pipeline->ledger)
		ledger_take_alert(pipeline->ledger, alert);
	if (pipeline->judged && !pipeline->judged->alerted_by)
		pipeline->judged->alerted_by = alert->rule;
}

/* An alert can come before the first packet was seen. */
static void ask_for_evidence(struct pipeline *pipeline, struct flow *flow)
{
	if (!flow->alerted_by || !flow->wire_id || flow->evidence_asked || !pipeline->hooks.want_evidence)
		return;
	flow->evidence_asked = true;
	pipeline->hooks.want_evidence(pipeline->hooks.context, flow->wire_id, flow->alerted_by);
}

/* Of a recorded capture nobody knows what the host was called. */
static struct rules_options rules_options_of(struct pipeline *pipeline, const struct config *config)
{
	bool has_name = !pipeline->is_replay && host_find_name(pipeline->host_name);
	return settings_rules_options(config, has_name ? pipeline->host_name : NULL);
}

static int open_claims(struct pipeline *pipeline)
{
	pipeline->sockets = sockets_new();
	pipeline->claims = claims_new(pipeline->model, pipeline->sockets);
	pipeline->network_namespace = host_network_namespace();
	return pipeline->claims ? 0 : -ENOMEM;
}

/* What is recorded is a help, and no watch waits for it. */
static void open_recorder(struct pipeline *pipeline, const struct config *config)
{
	const struct recorder_options options =
		settings_recorder_options(config, pipeline->is_replay ? NULL : pipeline->host_name);

	recorder_free(TAKE_PTR(pipeline->recorder));
	if (config->record_file) /* why it failed the log has, and all else goes on */
		recorder_new(&options, &pipeline->recorder);
}

int pipeline_new(const struct config *config, struct sinks *sinks, bool is_replay, struct pipeline **ret_pipeline)
{
	_cleanup_(cleanup_pipeline_free) struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	const struct model_wire_options wire = {.is_all = is_replay};

	if (!pipeline)
		return -ENOMEM;
	pipeline->is_replay = is_replay;
	const struct rules_options options = rules_options_of(pipeline, config);
	/* Twice the kernel's room: an actor that the kernel still counts must not be forgotten here, or its
	 * thinned attempts would be taken for new ones. */
	pipeline->model = model_new(2 * config->max_actors, config->max_flows);
	pipeline->identity = identity_new();
	pipeline->rules = rules_new(&options, calloc(1, sizeof(struct rule_set)), forward_alert, pipeline);
	pipeline->sinks = sinks;
	if (!pipeline->model || !pipeline->identity || !pipeline->rules || (!is_replay && open_claims(pipeline) != 0))
		return -ENOMEM;
	model_set_wire_options(pipeline->model, &wire);
	if (is_replay) /* nobody sets options later */
		open_recorder(pipeline, config);
	sinks_set_all_lines(sinks, config->all_alert_lines);
	*ret_pipeline = TAKE_PTR(pipeline);
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	held_attempts_free(pipeline->held);
	rules_free(pipeline->rules);
	recorder_free(pipeline->recorder);
	identity_free(pipeline->identity);
	scopes_free(pipeline->scopes);
	replies_free(pipeline->replies);
	claims_free(pipeline->claims);
	sockets_free(pipeline->sockets);
	model_free(pipeline->model);
	free(pipeline);
}

void pipeline_set_hooks(struct pipeline *pipeline, const struct pipeline_hooks *hooks)
{
	pipeline->hooks = *hooks;
}

void pipeline_set_scopes(struct pipeline *pipeline, struct scopes *scopes)
{
	scopes_free(pipeline->scopes);
	pipeline->scopes = scopes;
}

const struct scopes *pipeline_scopes(const struct pipeline *pipeline)
{
	return pipeline->scopes;
}

void pipeline_set_mta_list(struct pipeline *pipeline, struct mta_list *list)
{
	identity_set_mta_list(pipeline->identity, list);
	for (struct actor *actor = model_oldest_actor(pipeline->model); actor; actor = model_newer_actor(actor))
		identity_recognise(pipeline->identity, actor);
}

void pipeline_set_script_finder(struct pipeline *pipeline, struct script_finder *finder)
{
	identity_set_script_finder(pipeline->identity, finder);
}

void pipeline_set_replies(struct pipeline *pipeline, struct replies *replies)
{
	replies_free(pipeline->replies);
	pipeline->replies = replies;
}

int pipeline_set_rules(struct pipeline *pipeline, struct rule_set *set)
{
	return rules_set_set(pipeline->rules, set);
}

struct allowances *pipeline_allowances(struct pipeline *pipeline)
{
	return rules_allowances(pipeline->rules);
}

void pipeline_set_options(struct pipeline *pipeline, const struct config *config)
{
	const struct rules_options options = rules_options_of(pipeline, config);
	rules_set_options(pipeline->rules, &options);
	sinks_set_all_lines(pipeline->sinks, config->all_alert_lines);
	open_recorder(pipeline, config);
}

const struct rule_set *pipeline_rule_set(const struct pipeline *pipeline)
{
	return rules_rule_set(pipeline->rules);
}

void pipeline_set_ledger(struct pipeline *pipeline, struct ledger *ledger)
{
	pipeline->ledger = ledger;
}

int pipeline_set_smarthosts(struct pipeline *pipeline, struct smarthosts *smarthosts)
{
	pipeline->held = held_attempts_new(smarthosts, pipeline->model);
	pipeline->smarthosts = smarthosts;
	return pipeline->held ? 0 : -ENOMEM;
}

void pipeline_set_captured(struct pipeline *pipeline, bool is_captured)
{
	const struct model_wire_options wire = {
		.is_captured = is_captured,
		.network_namespace = pipeline->network_namespace,
	};
	model_set_wire_options(pipeline->model, &wire);
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

struct rules *pipeline_rules(struct pipeline *pipeline)
{
	return pipeline->rules;
}

uint64_t pipeline_changes(const struct pipeline *pipeline)
{
	return pipeline->followed + rules_alert_lines(pipeline->rules);
}

bool pipeline_has_open_flows(const struct pipeline *pipeline)
{
	return model_flow_count(pipeline->model) > 0;
}

uint64_t pipeline_lost_to_memory(const struct pipeline *pipeline)
{
	return pipeline->lost_to_memory;
}

uint64_t pipeline_alert_lines(const struct pipeline *pipeline)
{
	return rules_alert_lines(pipeline->rules);
}

struct model_totals pipeline_totals(const struct pipeline *pipeline)
{
	return model_totals(pipeline->model);
}

struct counters_totals pipeline_rules_totals(const struct pipeline *pipeline)
{
	return rules_totals(pipeline->rules);
}
