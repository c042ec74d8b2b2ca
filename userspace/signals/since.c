// SPDX-License-Identifier: GPL-2.0-only
#include "signals/since.h"

#include "lib/clock.h"

#include <stdbool.h>
#include <time.h>

#define DAY_NS (86400 * NANOSECONDS_A_SECOND)

const char *since_format(uint64_t wall_ns, uint64_t now_wall_ns, char text[SINCE_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ns / NANOSECONDS_A_SECOND);
	bool is_old = now_wall_ns >= wall_ns && now_wall_ns - wall_ns >= DAY_NS;
	struct tm parts;

	text[0] = '\0';
	if (localtime_r(&seconds, &parts) &&
	    strftime(text, SINCE_TEXT_SIZE, is_old ? "%Y-%m-%d %H:%M" : "%H:%M", &parts) == 0)
		text[0] = '\0';
	return text;
}
