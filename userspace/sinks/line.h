/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts and flows as one line of text, ready for eyes, grep and fail2ban. Everything that came from
 * outside is escaped. Lines have no newline at their end.
 */
#ifndef SMTPWATCH_SINKS_LINE_H
#define SMTPWATCH_SINKS_LINE_H

#include "sinks/sinks.h"

#define LINE_SIZE 6144 /* a path and an argv of which every byte is escaped, and the rest */

/* ALERT rule=direct-to-mx severity=high user=shop42 uid=1042 pid=4121 exe=... dst=... count=3 ... */
void line_of_alert(const struct alert *alert, char line[LINE_SIZE]);

/* 03:12:04.123 attempt  shop42 php8.2[4121] -> 203.0.113.25:25 application */
void line_of_flow(const struct flow_event *event, char line[LINE_SIZE]);

/* Several lines. */
void line_of_summary(const struct summary *summary, char line[LINE_SIZE]);

#endif
