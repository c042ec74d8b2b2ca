/* SPDX-License-Identifier: GPL-2.0-only */
/* A script that is there, and what the kernel remembers when it is not. */
#ifndef SMTPWATCH_TESTS_SCRIPT_ON_DISK_H
#define SMTPWATCH_TESTS_SCRIPT_ON_DISK_H

#include "lib/cleanup.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

/* Whether the file system lets the kernel remember that a name is not there; tmpfs does not. */
static inline bool remembers_absence(const char *path)
{
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED};

	assert_int_equal(access(path, F_OK), -1);
	return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)) < 0 && errno == ENOENT;
}

struct script_on_disk {
	char directory[64];
	char path[128];
	char argv[256];
	size_t argv_size;
};

static inline struct script_on_disk make_script(const char *name)
{
	struct script_on_disk script = {.directory = "/var/tmp/smtpwatch-unit.XXXXXX"};

	assert_non_null(mkdtemp(script.directory));
	snprintf(script.path, sizeof(script.path), "%s/%s", script.directory, name);
	_cleanup_close_ int file = open(script.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	int length = snprintf(script.argv, sizeof(script.argv), "perl%c%s", '\0', script.path);
	script.argv_size = (size_t)length + 1;
	return script;
}

#endif
