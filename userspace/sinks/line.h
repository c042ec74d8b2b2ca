/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Alerts, flows and submissions as one line of text, ready for eyes, grep and fail2ban. Everything that came from
 * outside is escaped. Lines have no newline at their end.
 */
#ifndef SMTPWATCH_SINKS_LINE_H
#define SMTPWATCH_SINKS_LINE_H

#include "sinks/sinks.h"

/*
 * rsyslog takes 8 KiB of a message unless it is told otherwise (global(maxMessageSize)), and cuts what is behind;
 * journald and syslog-ng take more. A line has room for every byte escaped of what stands before `unit=`, and for the
 * marks at its end; of what stands between them it takes what fits.
 */
#define LINE_HEADER_SIZE 144 /* what syslog puts before it: date, host, program and pid */
#define LINE_SIZE (8192 - LINE_HEADER_SIZE)

/*
 * ALERT rule=direct-to-mx severity=high [incident=k7x3pq] user=shop42 uid=1042 [euid= owner=] pid=4121 exe=...
 * [site= script= url= method=] [dst=...] count=3 [networks=3 evidence=] phase=risen since=... [duration=38m]
 * [unit= container=] comm=... [argv= cwd= parent= tracer=] [rules=direct-to-mx,mx-fanout incident_count=98] [page=yes],
 * and marks, each only where it is true: script_source=, and =yes for script_inherited, script_claimed,
 * script_deleted, script_cut, exe_deleted, exe_replaced, user_namespace, adopted, more_actors.
 * After since=, what was said in the latest connection that said something: [domain= helo= mail= rcpt=DOMAIN rcpts=
 * accepted= refused= tls= reply="554 5.7.1 text" reply_class= receiver=].
 *
 * Where there is no process, src=ADDRESS [interface= mac=] stands in place of user, uid, pid and exe.
 *
 * What stands first matters most. Where the script is not known, in its place: one_liner=yes (the program stands in
 * argv=), or else the working directory, cwd=, or the php-fpm pool, pool=. A container is named, or has the first
 * 12 digits of its id, as its own tools show it.
 */
void line_of_alert(const struct alert *alert, char line[LINE_SIZE]);

/*
 * 03:12:04.123 attempt     shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 application /var/www/shop42/x.php
 *
 * "adopted" in place of "attempt" where it was open before the watch began; pool= and so on in place of the script.
 */
void line_of_flow(const struct flow_event *event, char line[LINE_SIZE]);

/* 03:12:04.123 reply       shop42 /usr/sbin/php-fpm8.2[4121] -> 203.0.113.25:25 554 5.7.1 at rcpt: "text" BLOCK gmail
 */
void line_of_reply(const struct reply_event *event, char line[LINE_SIZE]);

/* 03:12:04.123 submission  shop42 /usr/sbin/sendmail[4121] /var/www/shop42/x.php */
void line_of_submission(const struct submission_event *event, char line[LINE_SIZE]);

/* Several lines. */
/* TIME gap from= to= connections= killed=yes rebooted=yes: nobody watched. sinks/gap.c. */
void line_of_gap(const struct watch_gap *gap, char text[LINE_SIZE]);

void line_of_summary(const struct summary *summary, char line[LINE_SIZE]);

#endif
