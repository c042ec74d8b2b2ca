// SPDX-License-Identifier: GPL-2.0-only
#include "lib/clock.h"

#include <inttypes.h>
#include <stdbool.h>
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

static bool follows;
static uint64_t followed_offset; /* of wall time against boot time; it may wrap */

void clock_follow(uint64_t boot_ns, uint64_t wall_ns)
{
	follows = true;
	followed_offset = wall_ns - boot_ns;
}

uint64_t clock_wall_of_boot(uint64_t boot_ns)
{
	return (follows ? followed_offset : clock_wall_ns() - clock_boot_ns()) + boot_ns;
}

/* The date as strftime(3) has it, and milliseconds behind it. */
static const char *format_instant(uint64_t wall_ns, const char *date_format, const char *ending,
				  struct tm *(*take_apart)(const time_t *, struct tm *), char text[CLOCK_TEXT_SIZE])
{
	time_t seconds = (time_t)(wall_ns / NANOSECONDS_A_SECOND);
	unsigned int milliseconds = (unsigned int)(wall_ns % NANOSECONDS_A_SECOND / 1000000);
	struct tm parts;
	char date[CLOCK_TEXT_SIZE] = "";

	if (take_apart(&seconds, &parts))
		strftime(date, sizeof(date), date_format, &parts);
	snprintf(text, CLOCK_TEXT_SIZE, "%.19s.%03u%s", date, milliseconds, ending);
	return text;
}

const char *clock_format_utc(uint64_t wall_ns, char text[CLOCK_TEXT_SIZE])
{
	return format_instant(wall_ns, "%Y-%m-%dT%H:%M:%S", "Z", gmtime_r, text);
}

const char *clock_format_local(uint64_t wall_ns, char text[CLOCK_TEXT_SIZE])
{
	return format_instant(wall_ns, "%H:%M:%S", "", localtime_r, text);
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
