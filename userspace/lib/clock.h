/* SPDX-License-Identifier: GPL-2.0-only */
/* The two clocks, in nanoseconds: CLOCK_BOOTTIME for what is measured, CLOCK_REALTIME for people. */
#ifndef SMTPWATCH_LIB_CLOCK_H
#define SMTPWATCH_LIB_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NANOSECONDS_A_SECOND 1000000000ULL

uint64_t clock_boot_ns(void);
uint64_t clock_wall_ns(void);

/* The wall time of a CLOCK_BOOTTIME instant, by the offset that the two clocks have now. */
uint64_t clock_wall_of_boot(uint64_t boot_ns);

/* From now on these two instants are one, for clock_wall_of_boot(): of a recording, whose clocks were another host's.
 */
void clock_follow(uint64_t boot_ns, uint64_t wall_ns);

#define CLOCK_TEXT_SIZE sizeof("2026-11-22T03:12:04.123Z")

/* UTC with milliseconds, RFC 3339. Returns `text`. */
const char *clock_format_utc(uint64_t wall_ns, char text[CLOCK_TEXT_SIZE]);

/* "03:12:04.123" in local time. Returns `text`. */
const char *clock_format_local(uint64_t wall_ns, char text[CLOCK_TEXT_SIZE]);

/* "57ms", "12.3s", "4m10s": as short as it stays useful. Returns `text`. */
const char *clock_format_duration(uint64_t duration_ns, char text[CLOCK_TEXT_SIZE]);

#endif
