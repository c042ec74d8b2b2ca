/* SPDX-License-Identifier: GPL-2.0-only */
/* The time between two runs of the daemon, in which nobody watched. */
#ifndef SMTPWATCH_GAP_H
#define SMTPWATCH_GAP_H

#include <stdbool.h>
#include <stdint.h>

struct watch_gap {
	uint64_t from_wall_ns; /* CLOCK_REALTIME, as the next one; 0: there was no run before that is known of */
	uint64_t to_wall_ns;
	bool was_killed;   /* it ended without saying so: at from_wall_ns at the earliest */
	bool was_rebooted; /* the host was started anew in between */
	bool has_opened;   /* `opened` is known */
	uint64_t opened;   /* TCP connections that the host opened meanwhile, to whatever port: ActiveOpens of
			    * /proc/net/snmp (RFC 4022), of this network namespace. After a reboot, since then */
};

#endif
