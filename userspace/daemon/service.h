/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the service manager is told, by the protocol of sd_notify(3): datagrams of NAME=VALUE lines to the socket that
 * $NOTIFY_SOCKET names. Where there is none, all of this does nothing. Nothing here waits, and a manager that does not
 * read loses what it is told.
 */
#ifndef SMTPWATCH_DAEMON_SERVICE_H
#define SMTPWATCH_DAEMON_SERVICE_H

#include <stdint.h>

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID (sd_watchdog_enabled(3)), and takes them out of the
 * environment, which the programs that are started have no use for. Once, before anything else. */
void service_begin(void);

/* It watches. */
void service_ready(void);

/* It reads its configuration anew; service_ready() says that it has. */
void service_reloading(void);

void service_stopping(void);

enum service_state {
	SERVICE_WELL,
	SERVICE_BLIND, /* the watchdog is not fed, so that the manager restarts it */
};

/* How it is, in one line that is cut where it is too long. About once a second; says only what is new, and feeds the
 * watchdog at a quarter of its time. `boot_ns`: CLOCK_BOOTTIME. */
void service_report(enum service_state state, const char *text, uint64_t boot_ns);

#endif
