// SPDX-License-Identifier: GPL-2.0-only
#include "identity/socket_holder.h"

#include "lib/cleanup.h"
#include "lib/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

DEFINE_CLEANUP(DIR, closedir)

struct search {
	char link[64]; /* as it has to read */
	unsigned int *steps;
};

/* Whether there is one more to be had. */
static bool take_step(const struct search *search)
{
	if (*search->steps == 0)
		return false;
	--*search->steps;
	return true;
}

static void write_link(uint32_t inode, char link[64])
{
	snprintf(link, 64, "socket:[%" PRIu32 "]", inode);
}

/* A name of digits as a number; 0 and what is none is not told. */
static bool read_number(const char *name, uint32_t *ret_number)
{
	uint64_t number;

	if (text_parse_number(name, 0, UINT32_MAX, &number) != 0)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static bool is_link(int folder, const char *name, const char *expected)
{
	char text[64];
	ssize_t length = readlinkat(folder, name, text, sizeof(text));

	return length == (ssize_t)strlen(expected) && memcmp(text, expected, (size_t)length) == 0;
}

/* 0 with the holder, -ENOENT, or -EBUSY. */
static int search_process(const struct search *search, uint32_t pid, struct socket_holder *ret_holder)
{
	char path[64];
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd", pid);
	_cleanup_(cleanup_closedir) DIR *folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		uint32_t fd;
		if (!read_number(entry->d_name, &fd))
			continue;
		if (!take_step(search))
			return -EBUSY;
		if (!is_link(dirfd(folder), entry->d_name, search->link))
			continue;
		*ret_holder = (struct socket_holder){.pid = pid, .fd = fd};
		return 0;
	}
	return -ENOENT;
}

/* The owner of /proc/PID is the effective user: fs/proc/base.c, task_dump_owner(). */
static bool is_of_user(int proc, const char *name, uint32_t uid)
{
	struct stat status;

	return fstatat(proc, name, &status, 0) == 0 && status.st_uid == uid;
}

/* Goes over the processes of the user, or those of all others. The kernel lists them by their pids, the lowest first:
 * fs/proc/base.c, proc_pid_readdir(). */
static int search_processes(const struct search *search, uint32_t uid, bool of_user, struct socket_holder *ret_holder)
{
	_cleanup_(cleanup_closedir) DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		return -errno;
	while ((entry = readdir(proc))) {
		uint32_t pid;
		if (!read_number(entry->d_name, &pid))
			continue;
		if (!take_step(search))
			return -EBUSY;
		if (is_of_user(dirfd(proc), entry->d_name, uid) != of_user)
			continue;
		int error = search_process(search, pid, ret_holder);
		if (error != -ENOENT)
			return error;
	}
	return -ENOENT;
}

int socket_holder_find(uint32_t inode, uint32_t uid, unsigned int *steps, struct socket_holder *ret_holder)
{
	struct search search = {.steps = steps};

	write_link(inode, search.link);
	int error = search_processes(&search, uid, true, ret_holder);
	return error == -ENOENT ? search_processes(&search, uid, false, ret_holder) : error;
}

bool socket_holder_holds(const struct socket_holder *holder, uint32_t inode)
{
	char path[64];
	char link[64];

	write_link(inode, link);
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd/%" PRIu32, holder->pid, holder->fd);
	return is_link(AT_FDCWD, path, link);
}
