// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/pipeline.h"

#include "identity/process.h"
#include "identity/users.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "rules/rules.h"

#include <errno.h>
#include <string.h>

#define SWEEP_TICKS 60

struct pipeline {
	struct model *model;
	struct scopes *scopes;
	struct mta_list *mta_list;
	struct users *users;
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

static struct rules_options rules_options_of(uint64_t cooldown_seconds)
{
	return (struct rules_options){
		.cooldown_ns = cooldown_seconds * NANOSECONDS_A_SECOND,
		.orphan_age_ns = RULES_ORPHAN_AGE_NS,
	};
}

int pipeline_new(const struct config *config, struct sinks *sinks, struct pipeline **ret_pipeline)
{
	_cleanup_(cleanup_pipeline_free) struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	if (!pipeline)
		return -ENOMEM;
	/* Twice the kernel's room: an actor that the kernel still counts must not be forgotten here, or its
	 * thinned attempts would be taken for new ones. */
	pipeline->model = model_new(2 * config->max_actors, config->max_flows);
	pipeline->users = users_new();
	const struct rules_options options = rules_options_of(config->cooldown_seconds);
	pipeline->rules = rules_new(&options, forward_alert, pipeline);
	pipeline->sinks = sinks;
	if (!pipeline->model || !pipeline->users || !pipeline->rules)
		return -ENOMEM;
	*ret_pipeline = TAKE_PTR(pipeline);
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (!pipeline)
		return;
	rules_free(pipeline->rules);
	users_free(pipeline->users);
	mta_list_free(pipeline->mta_list);
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
	mta_list_free(pipeline->mta_list);
	pipeline->mta_list = list;
	for (struct actor *actor = model_oldest_actor(pipeline->model); actor; actor = model_newer_actor(actor))
		mta_list_recognise(list, actor);
}

void pipeline_set_cooldown(struct pipeline *pipeline, uint64_t seconds)
{
	const struct rules_options options = rules_options_of(seconds);
	rules_set_options(pipeline->rules, &options);
}

static void identify(struct pipeline *pipeline, struct actor *actor)
{
	process_complete(actor);
	mta_list_recognise(pipeline->mta_list, actor);
	users_name(pipeline->users, actor->identity.key.uid, actor->user_name);
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

static void report_memory(struct pipeline *pipeline, int error)
{
	if (error && !pipeline->out_of_memory)
		log_error("out of memory: observations are lost until there is some");
	if (!error && pipeline->out_of_memory)
		log_notice("there is memory again");
	pipeline->out_of_memory = error != 0;
}

void pipeline_take(void *context, const struct observation *observation)
{
	struct pipeline *pipeline = context;
	struct model_change change;

	int error = model_observe(pipeline->model, pipeline->scopes, observation, &change);
	report_memory(pipeline, error);
	if (error)
		return;
	if (change.actor_is_new)
		identify(pipeline, change.actor);
	write_flow(pipeline, &change);
	report_memory(pipeline, rules_judge(pipeline->rules, observation, &change));
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
