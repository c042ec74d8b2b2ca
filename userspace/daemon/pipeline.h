/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of an observation: into the model, past identity, to the rules, and what comes of it to the
 * sinks. Every source hands its observations to pipeline_take(), and to nothing else.
 */
#ifndef SMTPWATCH_DAEMON_PIPELINE_H
#define SMTPWATCH_DAEMON_PIPELINE_H

#include "capture/replies.h"
#include "config/config.h"
#include "daemon/smarthosts.h"
#include "identity/mta.h"
#include "identity/scripts.h"
#include "ledger/ledger.h"
#include "lib/cleanup.h"
#include "model/model.h"
#include "rules/allowances.h"
#include "rules/rule_set.h"
#include "rules/rules.h"
#include "sinks/sinks.h"

#include <smtpwatch/dialogue.h>
#include <smtpwatch/name.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>

struct pipeline;

/* What the pipeline asks of the daemon. A function may be NULL. */
struct pipeline_hooks {
	/* An alert is of a connection that the capture knows by this number. Called once for each. */
	void (*want_evidence)(void *context, uint64_t wire_id, const char *rule);
	/* How many records of attempts the kernel could not hand over so far. */
	uint64_t (*count_untold)(void *context);
	/* Hands in what the kernel has recorded until now. */
	void (*catch_up)(void *context);
	void *context;
};

/* `sinks` is borrowed and must outlive the pipeline. `is_replay`: there is nothing but packets, and no time but theirs.
 * 0 or -ENOMEM. */
int pipeline_new(const struct config *config, struct sinks *sinks, bool is_replay, struct pipeline **ret_pipeline);
void pipeline_free(struct pipeline *pipeline);
DEFINE_CLEANUP(struct pipeline, pipeline_free)

void pipeline_set_hooks(struct pipeline *pipeline, const struct pipeline_hooks *hooks);

/* What a reload replaces. The pipeline takes ownership. */
void pipeline_set_scopes(struct pipeline *pipeline, struct scopes *scopes);
void pipeline_set_mta_list(struct pipeline *pipeline, struct mta_list *list);
void pipeline_set_script_finder(struct pipeline *pipeline, struct script_finder *finder);
void pipeline_set_replies(struct pipeline *pipeline, struct replies *replies);

/* The same; until then there are no rules. 0 or -ENOMEM: the old ones stay. */
int pipeline_set_rules(struct pipeline *pipeline, struct rule_set *set);

/* Those of the rules in force, borrowed until the next ones. */
struct allowances *pipeline_allowances(struct pipeline *pipeline);

/* What keeps them over a restart: rules_keep(). */
struct rules *pipeline_rules(struct pipeline *pipeline);

/* How often something came that rules or ledger may have taken in, or an alert was written. */
uint64_t pipeline_changes(const struct pipeline *pipeline);

/* Those in force, the same. */
const struct rule_set *pipeline_rule_set(const struct pipeline *pipeline);

/* From now on it is told what is observed, and which alerts come of it. Borrowed, and must outlive the pipeline; NULL:
 * no longer. */
void pipeline_set_ledger(struct pipeline *pipeline, struct ledger *ledger);

/* From now on what the wire says of names is told to them, and attempts that can be toward one of them wait until it is
 * known: held_attempts.h. Borrowed, and must outlive the pipeline. 0 or -ENOMEM. */
int pipeline_set_smarthosts(struct pipeline *pipeline, struct smarthosts *smarthosts);

/* Judges what has waited long enough. To be called whenever the smarthosts may have changed, and while attempts are
 * held. */
void pipeline_release(struct pipeline *pipeline);
bool pipeline_holds_attempts(const struct pipeline *pipeline);

/* Where addresses lie, as is in force; borrowed until it is replaced. */
const struct scopes *pipeline_scopes(const struct pipeline *pipeline);

/* Takes over what the rules need of a configuration. */
void pipeline_set_options(struct pipeline *pipeline, const struct config *config);

/* Whether there is a capture from now on: then the end of a connection waits for what it says. */
void pipeline_set_captured(struct pipeline *pipeline, bool is_captured);

/* Takes an observation in. `context` is the pipeline: this is a sensor's observation_taker. */
void pipeline_take(void *context, const struct observation *observation);

/* The same of what the capture says. */
void pipeline_take_dialogue(void *context, const struct dialogue_event *event);
void pipeline_take_name(void *context, const struct name_event *event);

/* The capture began anew: no more is told of the connections it spoke of. */
void pipeline_forget_wires(struct pipeline *pipeline);

/* Writes what is due. About once a second; in a replay, of the packets' time `wall_ns`. */
void pipeline_tick(struct pipeline *pipeline, uint64_t wall_ns);

/* Takes in what waits: nothing more will come. */
void pipeline_settle(struct pipeline *pipeline);

/* Writes every alert count that was not said yet, and ends the alerts. */
void pipeline_finish(struct pipeline *pipeline);

/* Whether flows are open: their states come without waking anyone. */
bool pipeline_has_open_flows(const struct pipeline *pipeline);

/* Observations that were lost for want of memory. */
uint64_t pipeline_lost_to_memory(const struct pipeline *pipeline);

/* Alert lines written so far. */
uint64_t pipeline_alert_lines(const struct pipeline *pipeline);

struct model_totals pipeline_totals(const struct pipeline *pipeline);

/* What the rules gave up for want of room. */
struct counters_totals pipeline_rules_totals(const struct pipeline *pipeline);

#endif
