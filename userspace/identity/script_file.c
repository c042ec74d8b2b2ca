// SPDX-License-Identifier: GPL-2.0-only
#include "identity/script_file.h"

#include "identity/process.h"
#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
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

/* Opens what the kernel has in its cache of names: nobody is asked, nothing is waited for. -EAGAIN: it is not in there.
 */
static int open_cached(int root, const char *path, uint64_t flags, int *ret_fd)
{
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC | flags, .resolve = RESOLVE_IN_ROOT | RESOLVE_CACHED};
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* File systems that only root mounts and that no process serves. */
static bool is_local(const char *type)
{
	static const char *const types[] = {"ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "f2fs", "zfs"};

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* The mount that a descriptor lies in: proc_pid_fdinfo(5). */
static bool read_mount_id(int fd, unsigned int *ret_id)
{
	char path[ROOT_LINK_SIZE];
	char line[128];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	_cleanup_fclose_ FILE *info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "mnt_id: %u", ret_id) == 1)
			return true;
	return false;
}

/* Whether the mount is of a local file system: proc_pid_mountinfo(5). Blanks in names are escaped there. */
static bool is_local_mount(uint32_t pid, unsigned int id)
{
	char path[ROOT_LINK_SIZE];
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	unsigned int other;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/mountinfo", pid);
	_cleanup_fclose_ FILE *mounts = fopen(path, "re");
	while (mounts && getline(&line, &room, mounts) > 0) {
		char type[32];
		const char *mark = strstr(line, " - ");
		if (mark && sscanf(line, "%u ", &other) == 1 && other == id)
			return sscanf(mark, " - %31s", type) == 1 && is_local(type);
	}
	return false;
}

/* The kernel does not remember that a name is gone while somebody has the file open: so the folder is asked, where that
 * cannot make anybody wait. */
static bool is_gone_from_folder(uint32_t pid, int root, const char *path)
{
	char folder[PATH_MAX];
	const char *name = path_file_name(path);
	size_t length = (size_t)(name - path);
	struct stat status;
	unsigned int mount;

	if (length == 0 || length >= sizeof(folder) || !*name)
		return false;
	memcpy(folder, path, length);
	folder[length] = '\0';
	_cleanup_close_ int directory = -1;
	if (open_cached(root, folder, O_DIRECTORY, &directory) != 0 || !read_mount_id(directory, &mount) ||
	    !is_local_mount(pid, mount))
		return false;
	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0 && errno == ENOENT;
}

static bool is_absent(uint32_t pid, int root, const char *path)
{
	_cleanup_close_ int file = -1;
	int error = open_cached(root, path, 0, &file);
	return error == -ENOENT || (error == -EAGAIN && is_gone_from_folder(pid, root, path));
}

bool script_file_is_deleted(const struct sw_actor_key *process, const char *path, bool changed_root)
{
	char link[ROOT_LINK_SIZE];

	snprintf(link, sizeof(link), "/proc/%" PRIu32 "/root", process->pid);
	_cleanup_close_ int root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || (!changed_root && !has_usual_root(link)))
		return false;
	/* Asked afterwards: then the root was this process's, and not of one that has its number by now. */
	return process_is_alive(process) && is_absent(process->pid, root, path);
}
