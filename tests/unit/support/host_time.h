/* SPDX-License-Identifier: GPL-2.0-only */
/* When tests about a host's days and nights begin. */
#ifndef SMTPWATCH_TESTS_SUPPORT_HOST_TIME_H
#define SMTPWATCH_TESTS_SUPPORT_HOST_TIME_H

#include "lib/clock.h"

#define SECOND NANOSECONDS_A_SECOND
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* 2026-11-22 03:12:00 UTC; the host has been up for three days. */
#define START (3 * DAY)
#define START_WALL (1795317120 * SECOND)

#endif
