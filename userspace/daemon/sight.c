// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/sight.h"

#include "daemon/blind_alert.h"
#include "daemon/health.h"
#include "daemon/health_checks.h"
#include "daemon/internal.h"
#include "daemon/service.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_NS (5 * NANOSECONDS_A_SECOND)

#define RESERVE_BLOCKS 16
#define RESERVE_BLOCK_SIZE 16384 /* small enough to be of the heap, which is where lines and rows come from */

struct sight {
	struct daemon *daemon;
	struct blind_alert *alert;
	struct health_memory memory;
	struct health health; /* at the latest look */
	uint64_t looked_ns;   /* CLOCK_BOOTTIME, when that was */
	uint64_t lost;        /* to want of memory, at the latest tick */
	/* Given back when there is no memory any more, so that this can be told, and asked about. */
	void *reserve[RESERVE_BLOCKS];
};

static void take_reserve(struct sight *sight)
{
	for (size_t i = 0; i < RESERVE_BLOCKS; i++)
		if (!sight->reserve[i])
			sight->reserve[i] = malloc(RESERVE_BLOCK_SIZE);
}

static void give_reserve(struct sight *sight)
{
	for (size_t i = 0; i < RESERVE_BLOCKS; i++)
		free(TAKE_PTR(sight->reserve[i]));
}

/* The checks of whose parts a new process has new ones. */
static const char *const cured_by_restart[] = {"programs", "self-test", "records", "capture"};

bool sight_needs_restart(const struct health *health)
{
	for (size_t i = 0; i < health->count; i++)
		for (size_t j = 0; j < COUNT_OF(cured_by_restart); j++)
			if (health->checks[i].state == HEALTH_BLIND &&
			    strcmp(health->checks[i].name, cured_by_restart[j]) == 0)
				return true;
	return false;
}

static struct health_sources sources_of(const struct daemon *daemon)
{
	return (struct health_sources){
		.config = daemon->config,
		.sensor = daemon->sensor,
		.self_test = daemon->self_test,
		.pipeline = daemon->pipeline,
		.listener = daemon->listener,
		.scout = daemon->scout,
		.sinks = daemon->sinks,
		.smarthosts = relays_smarthosts(daemon->relays),
		.mta_list = daemon->mta_list,
		.rules = pipeline_rule_set(daemon->pipeline),
		.gap = kept_state_gap(daemon->kept_state),
	};
}

int sight_new(struct daemon *daemon, struct sight **ret_sight)
{
	_cleanup_(cleanup_sight_free) struct sight *sight = calloc(1, sizeof(*sight));

	if (!sight || !(sight->alert = blind_alert_new(daemon->sinks)))
		return -ENOMEM;
	sight->daemon = daemon;
	take_reserve(sight);
	sight_look(sight, clock_boot_ns());
	*ret_sight = TAKE_PTR(sight);
	return 0;
}

void sight_free(struct sight *sight)
{
	if (!sight)
		return;
	give_reserve(sight);
	blind_alert_free(sight->alert);
	free(sight);
}

const struct health *sight_look(struct sight *sight, uint64_t boot_ns)
{
	const struct health_sources sources = sources_of(sight->daemon);

	health_gather(&sight->memory, &sources, boot_ns, &sight->health);
	sight->looked_ns = boot_ns;
	return &sight->health;
}

const struct health *sight_health(const struct sight *sight)
{
	return &sight->health;
}

static void tell_service_manager(const struct health *health, uint64_t boot_ns)
{
	char text[HEALTH_TEXT_SIZE];
	const enum health_state state = health_worst(health, text);

	service_report(sight_needs_restart(health) ? SERVICE_BLIND : SERVICE_WELL,
		       state == HEALTH_OK ? "all is seen" : text, boot_ns);
}

/* Returns whether anything was lost since the last tick. */
static bool mind_memory(struct sight *sight)
{
	const uint64_t lost = pipeline_lost_to_memory(sight->daemon->pipeline);
	const bool is_short = lost != sight->lost;

	sight->lost = lost;
	if (is_short)
		give_reserve(sight);
	return is_short;
}

void sight_tick(struct sight *sight, uint64_t boot_ns, uint64_t wall_ns)
{
	const struct health_sources sources = sources_of(sight->daemon);

	health_tick(&sight->memory, &sources, boot_ns, wall_ns);
	if (mind_memory(sight) || boot_ns - sight->looked_ns >= LOOK_NS)
		sight_look(sight, boot_ns);
	blind_alert_take(sight->alert, &sight->health, boot_ns, wall_ns);
	if (!recent_is_lately(&sight->memory.memory_losses, boot_ns))
		take_reserve(sight);
	tell_service_manager(&sight->health, boot_ns);
}

void sight_finish(struct sight *sight, uint64_t wall_ns)
{
	blind_alert_finish(sight->alert, wall_ns);
}

uint64_t sight_alert_lines(const struct sight *sight)
{
	return blind_alert_lines(sight->alert);
}
