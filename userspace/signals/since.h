/* SPDX-License-Identifier: GPL-2.0-only */
/* "Since when", as evidence says it. */
#ifndef SMTPWATCH_SIGNALS_SINCE_H
#define SMTPWATCH_SIGNALS_SINCE_H

#include <stdint.h>

#define SINCE_TEXT_SIZE sizeof("2026-11-22 03:12")

/* Local time, "03:12"; with the date where that is a day or more before `now_wall_ns`. Returns `text`. */
const char *since_format(uint64_t wall_ns, uint64_t now_wall_ns, char text[SINCE_TEXT_SIZE]);

#endif
