// SPDX-License-Identifier: GPL-2.0-only
/* The time in which nobody watched, as lines. */
#include "lib/clock.h"
#include "sinks/ecs.h"
#include "sinks/ecs_put.h"
#include "sinks/line.h"

#include <inttypes.h>

static uint64_t duration_of(const struct watch_gap *gap)
{
	return gap->to_wall_ns > gap->from_wall_ns ? gap->to_wall_ns - gap->from_wall_ns : 0;
}

void line_of_gap(const struct watch_gap *gap, char text[LINE_SIZE])
{
	char time[CLOCK_TEXT_SIZE];
	char from[CLOCK_TEXT_SIZE];
	char to[CLOCK_TEXT_SIZE];
	char connections[sizeof(" connections=18446744073709551615")] = "";

	if (gap->has_opened)
		snprintf(connections, sizeof(connections), " connections=%" PRIu64, gap->opened);
	snprintf(text, LINE_SIZE, "%s %-11s from=%s to=%s%s%s%s", clock_format_local(gap->to_wall_ns, time), "gap",
		 clock_format_utc(gap->from_wall_ns, from), clock_format_utc(gap->to_wall_ns, to), connections,
		 gap->was_killed ? " killed=yes" : "", gap->was_rebooted ? " rebooted=yes" : "");
}

json_t *ecs_of_gap(const struct watch_gap *gap)
{
	json_t *root = ecs_begin(gap->to_wall_ns, "event", "gap");
	json_t *event = ecs_object_in(root, "event");
	json_t *own = ecs_object_in(root, "smtpwatch");
	char time[CLOCK_TEXT_SIZE];

	ecs_put_word(event, "start", clock_format_utc(gap->from_wall_ns, time));
	ecs_put_word(event, "end", clock_format_utc(gap->to_wall_ns, time));
	ecs_put_number(event, "duration", duration_of(gap));
	if (gap->has_opened)
		ecs_put_number(own, "connections", gap->opened);
	ecs_put_true(own, "killed", gap->was_killed);
	ecs_put_true(own, "rebooted", gap->was_rebooted);
	return root;
}
