// SPDX-License-Identifier: GPL-2.0-only
#include "identity/process.h"

#include "lib/cleanup.h"
#include "lib/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED_MARK " (deleted)" /* proc_pid_exe(5) */

static ssize_t read_proc_file(uint32_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/%s", pid, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, buffer, size);
}

/* Field 22 of proc_pid_stat(5). The name in field 2 may hold anything, also ')': the last one ends it. */
static bool read_start_ticks(uint32_t pid, uint64_t *ret_ticks)
{
	char text[1024];
	ssize_t size = read_proc_file(pid, "stat", text, sizeof(text) - 1);
	if (size <= 0)
		return false;
	text[size] = '\0';
	const char *at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at && sscanf(at, "%" SCNu64, ret_ticks) == 1;
}

bool process_is_alive(const struct sw_actor_key *key)
{
	uint64_t ticks_a_second = (uint64_t)sysconf(_SC_CLK_TCK);
	uint64_t ticks;

	return read_start_ticks(key->pid, &ticks) && key->start_ns / (NANOSECONDS_A_SECOND / ticks_a_second) == ticks;
}

/* Whether the process still runs the file that the key names. */
static bool runs_same_file(const struct sw_actor_key *key)
{
	char path[64];
	struct statx status;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/exe", key->pid);
	/* Without asking a server, which need not answer. */
	return statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_INO, &status) == 0 && status.stx_ino == key->exe_inode;
}

static void complete_path(struct actor *actor)
{
	char link[64];
	char path[PATH_MAX];

	snprintf(link, sizeof(link), "/proc/%" PRIu32 "/exe", actor->identity.key.pid);
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	if (length <= 0)
		return;
	path[length] = '\0';
	size_t mark = sizeof(DELETED_MARK) - 1;
	if ((size_t)length > mark && strcmp(path + length - mark, DELETED_MARK) == 0)
		path[(size_t)length - mark] = '\0';
	char *copy = strdup(path);
	if (!copy)
		return;
	free(actor->executable);
	actor->executable = copy;
	actor->identity.flags &= ~SW_IDENTITY_PATH_CUT;
}

/*
 * Only the path: reading a process's memory, as /proc/PID/cmdline does, can wait for a page that the process
 * had mapped from a file system of its own, for ever.
 */
void process_complete(struct actor *actor)
{
	const struct sw_identity *identity = &actor->identity;

	if (identity->flags & SW_IDENTITY_KERNEL_THREAD ||
	    (actor->executable && !(identity->flags & SW_IDENTITY_PATH_CUT)))
		return;
	if (process_is_alive(&identity->key) && runs_same_file(&identity->key))
		complete_path(actor);
}
