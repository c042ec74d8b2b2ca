/* SPDX-License-Identifier: GPL-2.0-only */
/* What sinks are told of an observation, beside the alerts. */
#ifndef SMTPWATCH_DAEMON_TELL_H
#define SMTPWATCH_DAEMON_TELL_H

#include "model/model.h"
#include "sinks/sinks.h"

#include <smtpwatch/observation.h>

/* Attempts and ends of flows, submissions, and refusals, when the actor is known as far as it will be. */
void tell(struct sinks *sinks, const struct observation *observation, const struct model_change *change);

#endif
