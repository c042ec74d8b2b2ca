// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/sight.h"

#include "daemon/blind_alert.h"
#include "daemon/health.h"
#include "daemon/internal.h"
#include "daemon/service.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <errno.h>
#include <string.h>

#define LOOK_NS (5 * NANOSECONDS_A_SECOND)

struct sight {
	struct daemon *daemon;
	struct blind_alert *alert;
	struct health_memory memory;
	struct health health; /* at the latest look */
	uint64_t looked_ns;   /* CLOCK_BOOTTIME, when that was */
};

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
	};
}

int sight_new(struct daemon *daemon, struct sight **ret_sight)
{
	_cleanup_(cleanup_sight_free) struct sight *sight = calloc(1, sizeof(*sight));

	if (!sight || !(sight->alert = blind_alert_new(daemon->sinks)))
		return -ENOMEM;
	sight->daemon = daemon;
	sight_look(sight, clock_boot_ns());
	*ret_sight = TAKE_PTR(sight);
	return 0;
}

void sight_free(struct sight *sight)
{
	if (!sight)
		return;
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

void sight_tick(struct sight *sight, uint64_t boot_ns, uint64_t wall_ns)
{
	const struct health_sources sources = sources_of(sight->daemon);

	health_tick(&sight->memory, &sources, boot_ns, wall_ns);
	if (boot_ns - sight->looked_ns >= LOOK_NS)
		sight_look(sight, boot_ns);
	blind_alert_take(sight->alert, &sight->health, boot_ns, wall_ns);
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
