/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts, flows and submissions as JSON objects in the fields of the Elastic Common Schema, and smtpwatch.* for the
 * rest. A field that is not known is absent. Text is escaped like everywhere else, so that it is valid
 * UTF-8 and stays harmless when a program prints it later. The caller owns what is returned; NULL: no memory.
 */
#ifndef SMTPWATCH_SINKS_ECS_H
#define SMTPWATCH_SINKS_ECS_H

#include "sinks/sinks.h"

#include <jansson.h>

/* event.kind "alert"; event.action is the phase. smtpwatch.count, networks, networks_capped, evidence, adopted,
 * more_actors, news, incident (the id), incident_severity, _rules, _count and _start, paging, measures, samples, and
 * who did it: sinks/ecs_actor.h. */
json_t *ecs_of_alert(const struct alert *alert);

/* event.kind "event", here and below; event.action "attempt" or "end". smtpwatch.flow, scope, network_namespace,
 * adopted, mx.domain and mx.preference; at the end outcome, error, and what was said (sinks/ecs_dialogue.h). */
json_t *ecs_of_flow(const struct flow_event *event);

/* event.action "reply": smtpwatch.flow, smtpwatch.reply.*, and who did it. */
json_t *ecs_of_reply(const struct reply_event *event);

/* event.action "submission", and who did it. */
json_t *ecs_of_submission(const struct submission_event *event);

/* event.action "summary". */
/* event.action "gap": nobody watched from event.start to event.end, event.duration in nanoseconds;
 * smtpwatch.connections that the host opened meanwhile, killed, rebooted. sinks/gap.c. */
json_t *ecs_of_gap(const struct watch_gap *gap);

json_t *ecs_of_summary(const struct summary *summary);

/* What every line begins with. */
json_t *ecs_begin(uint64_t wall_ns, const char *kind, const char *action);

#endif
