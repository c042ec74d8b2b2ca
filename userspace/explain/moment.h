/* SPDX-License-Identifier: GPL-2.0-only */
/* Times and spans as people read them. Times are in nanoseconds of CLOCK_REALTIME. */
#ifndef SMTPWATCH_EXPLAIN_MOMENT_H
#define SMTPWATCH_EXPLAIN_MOMENT_H

#include <stdint.h>
#include <stdio.h>

#define MOMENT_TEXT_SIZE 48

/* Of "2026-11-22T03:12:04.123Z", as the lines have it. 0: it is none. NULL is none. */
uint64_t moment_parse(const char *text);

/* "2026-11-22 04:12:04 CET": local time, as it stands in other logs of the host. Returns `text`. */
const char *moment_format(uint64_t wall_ns, char text[MOMENT_TEXT_SIZE]);
#define MOMENT(wall_ns) moment_format(wall_ns, (char[MOMENT_TEXT_SIZE]){""})

/* The same by a format of strftime(3). */
const char *moment_format_as(uint64_t wall_ns, const char *format, char text[MOMENT_TEXT_SIZE]);
#define MOMENT_AS(wall_ns, format) moment_format_as(wall_ns, format, (char[MOMENT_TEXT_SIZE]){""})

/* "2026-11-22", in UTC. */
const char *moment_format_day(uint64_t wall_ns, char text[MOMENT_TEXT_SIZE]);
#define MOMENT_DAY(wall_ns) moment_format_day(wall_ns, (char[MOMENT_TEXT_SIZE]){""})

/* "45 s", "10 min", "3 h 20 min", "7 d": two units at most. */
const char *span_format(uint64_t seconds, char text[MOMENT_TEXT_SIZE]);
#define SPAN(seconds) span_format(seconds, (char[MOMENT_TEXT_SIZE]){""})

#endif
