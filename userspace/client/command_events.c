// SPDX-License-Identifier: GPL-2.0-only
#include "client/follow.h"

enum client_exit command_events(const struct arguments *arguments)
{
	return follow_run(arguments, &(struct follow_kind){.asked = "events", .told = "event"});
}
