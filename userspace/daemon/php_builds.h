/* SPDX-License-Identifier: GPL-2.0-only */
/* Which PHP builds run on this host, and how it is known which script they serve: for people. */
#ifndef SMTPWATCH_DAEMON_PHP_BUILDS_H
#define SMTPWATCH_DAEMON_PHP_BUILDS_H

#include <stddef.h>
#include <stdint.h>

enum php_reading {
	PHP_READING_REQUEST, /* PHP's own record of its request */
	PHP_READING_PROBES,
	PHP_READING_NONE, /* only what argv and the working directory tell */
	PHP_READING_COUNT,
};

#define PHP_BUILD_PATH_SIZE 128

struct php_build_seen {
	char path[PHP_BUILD_PATH_SIZE]; /* as it was, in the mount namespace of the process; escaped, and cut */
	enum php_reading reading;
	const char *why; /* of NONE; static */
};

#define PHP_BUILDS_MAX 32

/* All zero at the start. Of root's files alone: of those that anybody can make there is no end. */
struct php_builds {
	struct php_build_seen builds[PHP_BUILDS_MAX];
	size_t count;
	size_t left_out; /* times that one found no room */
};

/* Notes what the executable of a process is read by, in place of what was noted of this path before. `why` is
 * static, and NULL but for NONE. */
void php_builds_note(struct php_builds *builds, uint32_t pid, enum php_reading reading, const char *why);

#endif
