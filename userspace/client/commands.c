// SPDX-License-Identifier: GPL-2.0-only
#include "client/commands.h"

#include "lib/array.h"

#include <assert.h>
#include <stddef.h>

const struct client_command_row client_commands[] = {
	[CLIENT_TOP] = {"top", NULL,
			"who sends how much, and whether it should be; on a terminal also without a command",
			command_top},
	[CLIENT_EVENTS] = {"events", NULL, "the latest connections, refusals and submissions", command_events},
	[CLIENT_ALERTS] = {"alerts", NULL, "the latest alerts", command_alerts},
	[CLIENT_STATUS] = {"status", NULL, "whether all is seen, and what to do where it is not", command_status},
	[CLIENT_EXPLAIN] = {"explain", "ID", "what an incident is, and what would allow it", command_explain},
	[CLIENT_RELOAD] = {"reload", NULL, "make the daemon read its configuration anew", command_reload},
	[CLIENT_HELP] = {"help", NULL, "print this help", command_help},
	[CLIENT_VERSION] = {"version", NULL, "print the version", command_version},
};
static_assert(COUNT_OF(client_commands) == CLIENT_COMMAND_COUNT, "a row for each");
