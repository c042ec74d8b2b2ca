/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of a moment in which the watch began or ended, and of the time between two of them. */
#ifndef SMTPWATCH_DAEMON_GAP_H
#define SMTPWATCH_DAEMON_GAP_H

#include <smtpwatch/gap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GAP_BOOT_ID_SIZE 37 /* random(4), boot_id: a UUID */

struct gap_moment {
	uint64_t wall_ns;
	uint64_t boot_ns; /* CLOCK_BOOTTIME */
	char boot_id[GAP_BOOT_ID_SIZE];
	bool has_opened;
	uint64_t opened; /* TCP connections that this network namespace has opened since it was made */
};

struct gap_moment gap_moment_now(void);

/* Reads ActiveOpens out of the text of /proc/net/snmp (proc_pid_net(5)), whose lines come in pairs: names, and
 * their values. False: it is not there. */
bool gap_parse_opened(const char *text, uint64_t *ret_opened);

/* Whether both lie in one life of the host. */
bool gap_is_same_boot(const struct gap_moment *earlier, const struct gap_moment *later);

/* `was_killed`: the watch went on for some time behind `from`. */
struct watch_gap gap_between(const struct gap_moment *from, bool was_killed, const struct gap_moment *to);

#define GAP_TEXT_SIZE 512

/* What is to be said of it, in a sentence of less than that. Returns `text`. */
const char *gap_describe(const struct watch_gap *gap, char *text, size_t size);

#endif
