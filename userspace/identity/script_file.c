// SPDX-License-Identifier: GPL-2.0-only
#include "identity/script_file.h"

#include "identity/process.h"
#include "lib/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* since Linux 5.12; an older kernel says EINVAL */
#endif

#define ROOT_LINK_SIZE 64

/* Whether the process has the root that its mount namespace has: the link then reads "/" for everyone. */
static bool has_usual_root(const char *link)
{
	char target[2];
	return readlink(link, target, sizeof(target)) == 1 && target[0] == '/';
}

/* Looks only at what the kernel has in its cache of names: nobody is asked, nothing is waited for. */
static bool is_known_absent(int root, const char *path)
{
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_CACHED};
	_cleanup_close_ int file = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	return file < 0 && errno == ENOENT;
}

bool script_file_is_deleted(const struct sw_actor_key *process, const char *path, bool changed_root)
{
	char link[ROOT_LINK_SIZE];

	snprintf(link, sizeof(link), "/proc/%" PRIu32 "/root", process->pid);
	_cleanup_close_ int root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || (!changed_root && !has_usual_root(link)))
		return false;
	/* Asked afterwards: then the root was this process's, and not of one that has its number by now. */
	return process_is_alive(process) && is_known_absent(root, path);
}
