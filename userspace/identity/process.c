// SPDX-License-Identifier: GPL-2.0-only
#include "identity/process.h"

#include "lib/cleanup.h"
#include "lib/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED_MARK " (deleted)" /* proc_pid_exe(5) */

ssize_t process_read_file(uint32_t pid, const char *name, char *buffer, size_t size)
{
	char path[64];
	size_t length = 0;

	/* In a flood most have ended by now, and to look for what is not in /proc costs ten times as much. */
	if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
		return -ENOENT; /* as open() would */
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/%s", pid, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (ssize_t part = 1; part > 0 && length < size - 1; length += (size_t)part) {
		part = read(fd, buffer + length, size - 1 - length);
		if (part < 0)
			return -errno;
	}
	buffer[length] = '\0';
	return (ssize_t)length;
}

/* The name in field 2 may hold anything, also ')': the last one ends it. */
int process_read_stat(uint32_t pid, struct process_stat *ret_stat)
{
	struct process_stat found;
	char text[1024];

	if (process_read_file(pid, "stat", text, sizeof(text)) <= 0)
		return -ESRCH;
	const char *at = strrchr(text, ')');
	if (!at || sscanf(at, ") %*c %" SCNu32, &found.parent) != 1)
		return -ESRCH;
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, "%" SCNu64, &found.start_ticks) != 1)
		return -ESRCH;
	*ret_stat = found;
	return 0;
}

uint64_t process_start_ticks(const struct sw_actor_key *key)
{
	return key->start_ns / (NANOSECONDS_A_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

bool process_is_alive(const struct sw_actor_key *key)
{
	struct process_stat found;

	return process_read_stat(key->pid, &found) == 0 && found.start_ticks == process_start_ticks(key);
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

	/* What /proc has of a file system that is not mounted any more looks like a path, and is none. */
	if (identity->flags & (SW_IDENTITY_KERNEL_THREAD | SW_IDENTITY_PATH_DETACHED) ||
	    (actor->executable && !(identity->flags & SW_IDENTITY_PATH_CUT)))
		return;
	if (process_is_alive(&identity->key) && runs_same_file(&identity->key))
		complete_path(actor);
}
