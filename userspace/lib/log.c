// SPDX-License-Identifier: GPL-2.0-only
#include "lib/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>

static bool use_syslog;
static enum log_level highest_level = LOG_LEVEL_NOTICE;

static const struct {
	const char *prefix;
	int priority;
} levels[LOG_LEVEL_COUNT] = {
	[LOG_LEVEL_ERROR] = {"error: ", LOG_ERR},
	[LOG_LEVEL_WARNING] = {"warning: ", LOG_WARNING},
	[LOG_LEVEL_NOTICE] = {"", LOG_NOTICE},
	[LOG_LEVEL_DEBUG] = {"debug: ", LOG_DEBUG},
};

void log_to_syslog(void)
{
	openlog("smtpwatchd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	use_syslog = true;
}

void log_set_level(enum log_level level)
{
	highest_level = level;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	if (level > highest_level)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (use_syslog)
		syslog(levels[level].priority, "%s%s", levels[level].prefix, line);
	else
		fprintf(stderr, "smtpwatchd: %s%s\n", levels[level].prefix, line);
}
