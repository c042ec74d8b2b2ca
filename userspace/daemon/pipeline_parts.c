// SPDX-License-Identifier: GPL-2.0-only
/* What the pipeline is made of: how it is put together, exchanged part by part, and what its parts have counted. */
#include "daemon/pipeline_internal.h"

#include "daemon/settings.h"
#include "ledger/keep.h"

#include <errno.h>

static void forward_alert(void *context, const struct alert *alert)
{
	struct pipeline *pipeline = context;
	sinks_write_alert(pipeline->sinks, alert);
	if (pipeline->ledger)
		ledger_take_alert(pipeline->ledger, alert);
	if (pipeline->judged && !pipeline->judged->alerted_by)
		pipeline->judged->alerted_by = alert->rule;
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
