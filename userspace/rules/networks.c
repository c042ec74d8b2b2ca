// SPDX-License-Identifier: GPL-2.0-only
#include "rules/networks.h"

#include <string.h>

static void drop_old(struct networks *networks, uint64_t now_ns, uint64_t window_ns)
{
	size_t kept = 0;
	for (size_t i = 0; i < networks->count; i++)
		if (now_ns < networks->entries[i].seen_ns + window_ns)
			networks->entries[kept++] = networks->entries[i];
	networks->count = kept;
	if (networks->capped && now_ns >= networks->capped_ns + window_ns)
		networks->capped = false;
}

void networks_add(struct networks *networks, const struct address *address, uint64_t now_ns, uint64_t window_ns)
{
	struct prefix prefix = address_network(address);

	drop_old(networks, now_ns, window_ns);
	for (size_t i = 0; i < networks->count; i++) {
		if (memcmp(&networks->entries[i].prefix, &prefix, sizeof(prefix)) == 0) {
			networks->entries[i].seen_ns = now_ns;
			return;
		}
	}
	if (networks->count == NETWORKS_COUNTED) {
		networks->capped = true;
		networks->capped_ns = now_ns;
		return;
	}
	networks->entries[networks->count].prefix = prefix;
	networks->entries[networks->count].seen_ns = now_ns;
	networks->count++;
}
