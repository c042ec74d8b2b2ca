/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of an observation: into the model, past identity, to the rules, and what comes of it to the
 * sinks. Every source hands its observations to pipeline_take(), and to nothing else.
 */
#ifndef SMTPWATCH_DAEMON_PIPELINE_H
#define SMTPWATCH_DAEMON_PIPELINE_H

#include "config/config.h"
#include "identity/mta.h"
#include "identity/scripts.h"
#include "lib/cleanup.h"
#include "model/model.h"
#include "sinks/sinks.h"

#include <smtpwatch/observation.h>

struct pipeline;

/* `sinks` is borrowed and must outlive the pipeline. 0 or -ENOMEM. */
int pipeline_new(const struct config *config, struct sinks *sinks, struct pipeline **ret_pipeline);
void pipeline_free(struct pipeline *pipeline);
DEFINE_CLEANUP(struct pipeline, pipeline_free)

/* What a reload replaces. The pipeline takes ownership. */
void pipeline_set_scopes(struct pipeline *pipeline, struct scopes *scopes);
void pipeline_set_mta_list(struct pipeline *pipeline, struct mta_list *list);
void pipeline_set_script_finder(struct pipeline *pipeline, struct script_finder *finder);

/* Takes over what the rules need of a configuration. */
void pipeline_set_options(struct pipeline *pipeline, const struct config *config);

/* Takes an observation in. `context` is the pipeline: this is a sensor's observation_taker. */
void pipeline_take(void *context, const struct observation *observation);

/* Writes what is due. About once a second. */
void pipeline_tick(struct pipeline *pipeline);

/* Writes every alert count that was not said yet. */
void pipeline_finish(struct pipeline *pipeline);

/* Whether flows are open: their states come without waking anyone. */
bool pipeline_has_open_flows(const struct pipeline *pipeline);

/* Alert lines written so far. */
uint64_t pipeline_alert_lines(const struct pipeline *pipeline);

#endif
