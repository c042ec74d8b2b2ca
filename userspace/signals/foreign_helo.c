// SPDX-License-Identifier: GPL-2.0-only
/*
 * The name in EHLO is somebody else's.
 *
 * PHP's mailers greet with the name of the virtual host, so names of this host and of the script's site are none, nor
 * those that DNS has at this host's address. Names that only mean "myself" tell nobody from another.
 */
#include "lib/array.h"
#include "signals/own_names.h"
#include "signals/signals.h"

#include <string.h>

static const char *const myself[] = {"localhost", "localhost.localdomain", "[127.0.0.1]", "127.0.0.1", "[ipv6:::1]"};

bool helo_is_foreign(const struct sighting *sighting, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(myself); i++)
		if (strcmp(name, myself[i]) == 0)
			return false;
	return name[0] && !sighting->change->greets_by_address && !is_name_of_host(sighting, name) &&
	       !is_name_of_site(sighting, name);
}
