/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts and flows as JSON objects in the fields of the Elastic Common Schema, and smtpwatch.* for the
 * rest. A field that is not known is absent. Text is escaped like everywhere else, so that it is valid
 * UTF-8 and stays harmless when a program prints it later. The caller owns what is returned; NULL: no memory.
 */
#ifndef SMTPWATCH_SINKS_ECS_H
#define SMTPWATCH_SINKS_ECS_H

#include "sinks/sinks.h"

#include <jansson.h>

json_t *ecs_of_alert(const struct alert *alert);
json_t *ecs_of_flow(const struct flow_event *event);
json_t *ecs_of_summary(const struct summary *summary);

#endif
