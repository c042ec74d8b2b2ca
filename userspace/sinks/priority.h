/* SPDX-License-Identifier: GPL-2.0-only */
/* What a severity is in syslog's and the journal's words. */
#ifndef SMTPWATCH_SINKS_PRIORITY_H
#define SMTPWATCH_SINKS_PRIORITY_H

#include <smtpwatch/alert.h>
#include <syslog.h>

static inline int priority_of(enum alert_severity severity)
{
	static const int priorities[ALERT_SEVERITY_COUNT] = {
		[ALERT_SEVERITY_INFO] = LOG_INFO,       [ALERT_SEVERITY_NOTICE] = LOG_NOTICE,
		[ALERT_SEVERITY_WARNING] = LOG_WARNING, [ALERT_SEVERITY_HIGH] = LOG_ERR,
		[ALERT_SEVERITY_CRITICAL] = LOG_CRIT,
	};
	return priorities[severity];
}

#endif
