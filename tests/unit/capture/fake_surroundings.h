/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon has around its capture: a clock that a test sets, and a log that it reads. In place of lib's own, so
 * for one test program each. */
#ifndef SMTPWATCH_TESTS_CAPTURE_FAKE_SURROUNDINGS_H
#define SMTPWATCH_TESTS_CAPTURE_FAKE_SURROUNDINGS_H

#include "lib/clock.h"
#include "lib/log.h"
#include "support/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint64_t now_ns = 1000 * NANOSECONDS_A_SECOND;
static char logged[4096];
static size_t lines;

uint64_t clock_boot_ns(void)
{
	return now_ns;
}

void log_line(enum log_level level, const char *format, ...)
{
	size_t used = strlen(logged);
	va_list arguments;

	(void)level;
	va_start(arguments, format);
	vsnprintf(logged + used, sizeof(logged) - used, format, arguments);
	va_end(arguments);
	lines++;
}

#endif
