// SPDX-License-Identifier: GPL-2.0-only
#include "lib/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_A_SECOND + (uint64_t)now.tv_nsec;
}

uint64_t clock_boot_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t clock_wall_of_boot(uint64_t boot_ns)
{
	return clock_wall_ns() - clock_boot_ns() + boot_ns;
}

static unsigned int milliseconds_of(uint64_t wall_ns)
{
	return (unsigned int)(wall_ns % NANOSECONDS_A_SECOND / 1000000);
}

const char *clock_format_utc(uint64_t wall_ns, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ns / NANOSECONDS_A_SECOND);
	struct tm parts;
	char date[CLOCK_TEXT_SIZE] = "";

	if (gmtime_r(&seconds, &parts))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text, CLOCK_TEXT_SIZE, "%.19s.%03uZ", date, milliseconds_of(wall_ns));
	return text;
}

const char *clock_format_local(uint64_t wall_ns, char text[CLOCK_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ns / NANOSECONDS_A_SECOND);
	struct tm parts;
	char date[CLOCK_TEXT_SIZE] = "";

	if (localtime_r(&seconds, &parts))
		strftime(date, sizeof(date), "%H:%M:%S", &parts);
	snprintf(text, CLOCK_TEXT_SIZE, "%.8s.%03u", date, milliseconds_of(wall_ns));
	return text;
}

const char *clock_format_duration(uint64_t duration_ns, char text[CLOCK_TEXT_SIZE])
{
	uint64_t milliseconds = duration_ns / 1000000;
	uint64_t seconds = milliseconds / 1000;

	if (milliseconds == 0)
		snprintf(text, CLOCK_TEXT_SIZE, "%" PRIu64 "us", duration_ns / 1000);
	else if (seconds == 0)
		snprintf(text, CLOCK_TEXT_SIZE, "%" PRIu64 "ms", milliseconds);
	else if (seconds < 60)
		snprintf(text, CLOCK_TEXT_SIZE, "%" PRIu64 ".%" PRIu64 "s", seconds, milliseconds % 1000 / 100);
	else
		snprintf(text, CLOCK_TEXT_SIZE, "%" PRIu64 "m%" PRIu64 "s", seconds / 60, seconds % 60);
	return text;
}
