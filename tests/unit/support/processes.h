/* SPDX-License-Identifier: GPL-2.0-only */
/* Keys of processes that run. */
#ifndef SMTPWATCH_TESTS_SUPPORT_PROCESSES_H
#define SMTPWATCH_TESTS_SUPPORT_PROCESSES_H

#include "lib/cleanup.h"
#include "lib/clock.h"
#include "support/test.h"

#include <smtpwatch/abi.h>
#include <sys/stat.h>

/* Field 22 of /proc/PID/stat, as proc_pid_stat(5) counts them, in nanoseconds. */
static inline uint64_t start_of(pid_t pid)
{
	char path[64];
	char text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	assert_non_null(stream);
	text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
	char *field = strrchr(text, ')') + 1;
	char *rest = NULL;
	field = strtok_r(field, " ", &rest);
	for (int number = 3; number < 22; number++)
		field = strtok_r(NULL, " ", &rest);
	return strtoull(field, NULL, 10) * (NANOSECONDS_A_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

static inline struct sw_actor_key key_of(pid_t pid)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	assert_int_equal(stat(path, &status), 0);
	return (struct sw_actor_key){.pid = (uint32_t)pid, .start_ns = start_of(pid), .exe_inode = status.st_ino};
}

#endif
