// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/timeline.h"

uint64_t timeline_take(struct timeline *timeline, uint64_t time_ns, uint64_t wall_ns)
{
	uint64_t placed_ns = time_ns + timeline->offset_ns;

	if (time_ns > TIMELINE_MAX_NS || placed_ns > TIMELINE_MAX_NS) /* of no clock: it is as if no time had passed */
		return timeline->newest_ns - time_ns;
	if (placed_ns < timeline->newest_ns && timeline->newest_ns - placed_ns > TIMELINE_DISORDER_NS) {
		uint64_t passed_ns = wall_ns > timeline->newest_wall_ns ? wall_ns - timeline->newest_wall_ns : 0;
		if (passed_ns > TIMELINE_MAX_NS - timeline->newest_ns)
			passed_ns = 0;
		timeline->offset_ns = timeline->newest_ns + passed_ns - time_ns;
		placed_ns = time_ns + timeline->offset_ns;
	}
	if (placed_ns >= timeline->newest_ns) {
		timeline->newest_ns = placed_ns;
		timeline->newest_wall_ns = wall_ns;
	}
	return timeline->offset_ns;
}
