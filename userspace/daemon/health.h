/* SPDX-License-Identifier: GPL-2.0-only */
/* What `smtpwatch status` tells: whether the watch sees what it is there to see. health_checks.h judges each part. */
#ifndef SMTPWATCH_DAEMON_HEALTH_H
#define SMTPWATCH_DAEMON_HEALTH_H

#include "config/config.h"
#include "daemon/listener.h"
#include "daemon/pipeline.h"
#include "daemon/scout.h"
#include "daemon/self_test.h"
#include "daemon/smarthosts.h"
#include "identity/mta.h"
#include "rules/rule_set.h"
#include "sensor/sensor.h"
#include "sinks/sinks.h"

#include <smtpwatch/gap.h>
#include <smtpwatch/health.h>
#include <stdbool.h>
#include <stdint.h>

/* Who is asked. All borrowed. */
struct health_sources {
	const struct config *config;
	const struct sensor *sensor;
	const struct self_test *self_test;
	struct pipeline *pipeline;
	const struct listener *listener; /* NULL: there is none */
	const struct scout *scout;
	const struct sinks *sinks;
	const struct smarthosts *smarthosts;
	const struct mta_list *mta_list; /* that is in force, as the next one */
	const struct rule_set *rules;
	const struct watch_gap *gap; /* NULL: no earlier run is known */
};

/* A number of losses, and when it last grew. */
struct recent {
	uint64_t count;
	uint64_t grown_ns; /* CLOCK_BOOTTIME, 0: never */
};

/* Tells what is lost now from what was lost long ago. All zero at the start. */
struct health_memory {
	uint64_t noted_ns;
	struct recent records;
	struct recent skipped_calls;
	struct recent scripts;
	struct recent packets;
	struct recent restarts;
	struct recent keys;
	struct recent sketches;
	struct recent smarthosts;
	struct recent actors;
	struct recent flows;
	struct recent sinks[SINKS_MAX];
	struct recent memory_losses; /* observations, for want of it */
	struct recent clock_jumps;
	int64_t clock_jump_ns;   /* the latest */
	int64_t clock_offset_ns; /* CLOCK_REALTIME less CLOCK_BOOTTIME, 0: not known yet */
};

/* Notes what has been lost until now, and whether the clock was set. About once a second; most calls cost nothing.
 * `time_ns`: CLOCK_BOOTTIME, `wall_ns`: CLOCK_REALTIME. */
void health_tick(struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns,
		 uint64_t wall_ns);

/* Makes all checks. `time_ns`: CLOCK_BOOTTIME. */
void health_gather(struct health_memory *memory, const struct health_sources *sources, uint64_t time_ns,
		   struct health *ret_health);

#endif
