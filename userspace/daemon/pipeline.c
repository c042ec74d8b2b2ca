// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/pipeline.h"

#include "identity/identity.h"
#include "identity/programs.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "rules/rules.h"

#include <errno.h>
#include <string.h>

#define SWEEP_TICKS 60

struct pipeline {
	struct model *model;
	struct scopes *scopes;
	struct identity *identity;
	struct rules *rules;
	struct sinks *sinks;
	unsigned int ticks;
	bool out_of_memory;
};

static void forward_alert(void *context, const struct alert *alert)
{
	struct pipeline *pipeline = context;
	sinks_write_alert(pipeline->sinks, alert);
}

static struct rules_options rules_options_of(const struct config *config)
{
	return (struct rules_options){
		.cooldown_ns = config->cooldown_seconds * NANOSECONDS_A_SECOND,
		.orphan_age_ns = config->orphan_age_seconds * NANOSECONDS_A_SECOND,
	};
}

int pipeline_new(const struct config *config, struct sinks *sinks, struct pipeline **ret_pipeline)
{
	_cleanup_(cleanup_pipeline_free) struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	const struct rules_options options = rules_options_of(config);

	if (!pipeline)
		return -ENOMEM;
	/* Twice the kernel's room: an actor that the kernel still counts must not be forgotten here, or its
	 * thinned attempts would be taken for new ones. */
	pipeline->model = model_new(2 * config->max_actors, config->max_flows);
	pipeline->identity = identity_new();
	pipeline->rules = rules_new(&options, forward_alert, pipeline);
	pipeline->sinks = sinks;
	if (!pipeline->model || !pipeline->identity || !pipeline->rules)
		return -ENOMEM;
	*ret_pipeline = TAKE_PTR(pipeline);
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	rules_free(pipeline->rules);
	identity_free(pipeline->identity);
	scopes_free(pipeline->scopes);
	model_free(pipeline->model);
	free(pipeline);
}

void pipeline_set_scopes(struct pipeline *pipeline, struct scopes *scopes)
{
	scopes_free(pipeline->scopes);
	pipeline->scopes = scopes;
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

void pipeline_set_options(struct pipeline *pipeline, const struct config *config)
{
	const struct rules_options options = rules_options_of(config);
	rules_set_options(pipeline->rules, &options);
}

static void write_flow(struct pipeline *pipeline, const struct model_change *change)
{
	struct flow_event event = {.flow = change->flow, .actor = change->actor};

	if (change->flow_began) {
		event.moment = FLOW_ATTEMPTED;
		sinks_write_flow(pipeline->sinks, &event);
	}
	if (change->flow_ended) {
		event.moment = FLOW_ENDED;
		sinks_write_flow(pipeline->sinks, &event);
	}
}

static void write_submission(struct pipeline *pipeline, const struct observation *observation,
			     const struct model_change *change)
{
	const struct submission_event event = {.actor = change->actor, .wall_ns = observation->wall_ns};
	sinks_write_submission(pipeline->sinks, &event);
}

static void report_memory(struct pipeline *pipeline, int error)
{
	if (error && !pipeline->out_of_memory)
		log_error("out of memory: observations are lost until there is some");
	if (!error && pipeline->out_of_memory)
		log_notice("there is memory again");
	pipeline->out_of_memory = error != 0;
}

/* Whether it tells of nothing: the program that can hand over mail was started for something else. */
static bool is_void(const struct observation *observation)
{
	return observation->kind == OBSERVATION_SUBMISSION && !programs_hands_over_message(observation);
}

void pipeline_take(void *context, const struct observation *seen)
{
	struct pipeline *pipeline = context;
	struct observation observation = *seen;
	struct script script;
	struct model_change change;

	if (is_void(&observation))
		return;
	if (observation.executable && identity_find_script(pipeline->identity, &observation, &script))
		observation.script = &script;
	int error = model_observe(pipeline->model, pipeline->scopes, &observation, &change);
	report_memory(pipeline, error);
	if (error)
		return;
	if (change.actor_is_new)
		identity_complete(pipeline->identity, change.actor);
	write_flow(pipeline, &change);
	if (observation.kind == OBSERVATION_SUBMISSION)
		write_submission(pipeline, &observation, &change);
	report_memory(pipeline, rules_judge(pipeline->rules, &observation, &change));
	model_settle(pipeline->model, &change);
}

void pipeline_tick(struct pipeline *pipeline)
{
	rules_tick(pipeline->rules, clock_boot_ns());
	if (++pipeline->ticks % SWEEP_TICKS == 0)
		model_sweep(pipeline->model);
	sinks_tick(pipeline->sinks);
}

void pipeline_finish(struct pipeline *pipeline)
{
	rules_finish(pipeline->rules);
}

bool pipeline_has_open_flows(const struct pipeline *pipeline)
{
	return model_flow_count(pipeline->model) > 0;
}

uint64_t pipeline_alert_lines(const struct pipeline *pipeline)
{
	return rules_alert_lines(pipeline->rules);
}
