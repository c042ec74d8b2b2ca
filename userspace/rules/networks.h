/* SPDX-License-Identifier: GPL-2.0-only */
/* How many distinct networks were seen within a window. Exact up to a bound, and then it says so. */
#ifndef SMTPWATCH_RULES_NETWORKS_H
#define SMTPWATCH_RULES_NETWORKS_H

#include "lib/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETWORKS_COUNTED 32

struct networks {
	struct {
		struct prefix prefix;
		uint64_t seen_ns;
	} entries[NETWORKS_COUNTED];
	size_t count;
	bool capped; /* within the window there was one too many to be counted, the last at capped_ns */
	uint64_t capped_ns;
};

/* Takes in a destination: an IPv4 /24 or an IPv6 /48 is one network. Those last seen longer than
 * `window_ns` before are dropped. */
void networks_add(struct networks *networks, const struct address *address, uint64_t now_ns, uint64_t window_ns);

#endif
