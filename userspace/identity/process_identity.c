// SPDX-License-Identifier: GPL-2.0-only
#include "identity/process_identity.h"

#include "identity/file_id.h"
#include "identity/process.h"
#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED_MARK " (deleted)" /* proc_pid_exe(5) */

/* include/linux/proc_ns.h: PROC_USER_INIT_INO */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDU

/* The lines that are looked for stand in the first half kilobyte, behind at most 64 bytes of name; then come groups. */
#define STATUS_SIZE 1024

/* Of proc_pid_status(5). */
struct status {
	uint32_t uid;
	uint32_t euid;
	uint32_t gid;
	uint32_t tracer;
};

uint64_t process_tick_ns(void)
{
	return NANOSECONDS_A_SECOND / (uint64_t)sysconf(_SC_CLK_TCK);
}

static void path_of(uint32_t pid, const char *name, char path[64])
{
	snprintf(path, 64, "/proc/%" PRIu32 "/%s", pid, name);
}

/* A name cannot make a line of its own: the kernel escapes what it is made of. */
static int read_status(uint32_t pid, struct status *ret_status)
{
	char text[STATUS_SIZE];
	struct status status;

	if (process_read_file(pid, "status", text, sizeof(text)) <= 0)
		return -ESRCH;
	const char *uid = strstr(text, "\nUid:");
	const char *gid = strstr(text, "\nGid:");
	const char *tracer = strstr(text, "\nTracerPid:");
	if (!uid || sscanf(uid, " Uid: %" SCNu32 " %" SCNu32, &status.uid, &status.euid) != 2 || !gid ||
	    sscanf(gid, " Gid: %" SCNu32, &status.gid) != 1 || !tracer ||
	    sscanf(tracer, " TracerPid: %" SCNu32, &status.tracer) != 1)
		return -ESRCH;
	*ret_status = status;
	return 0;
}

/* The kernel's own copy of the name; it ends with a newline, and may hold some. */
static void read_comm(uint32_t pid, char comm[SW_COMM_SIZE])
{
	char text[SW_COMM_SIZE + 1];
	ssize_t length = process_read_file(pid, "comm", text, sizeof(text));

	memset(comm, 0, SW_COMM_SIZE);
	if (length > 1)
		memcpy(comm, text, (size_t)length - 1);
}

static uint32_t read_loginuid(uint32_t pid)
{
	char text[16];
	uint32_t loginuid;

	if (process_read_file(pid, "loginuid", text, sizeof(text)) <= 0 || sscanf(text, "%" SCNu32, &loginuid) != 1)
		return UINT32_MAX;
	return loginuid;
}

/* The inode number in a link like "mnt:[4026531841]", or 0. */
static uint32_t read_namespace(uint32_t pid, const char *name)
{
	char path[64];
	char text[64];
	uint32_t inode;

	path_of(pid, name, path);
	ssize_t length = readlink(path, text, sizeof(text) - 1);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	const char *number = strchr(text, '[');
	return number && sscanf(number, "[%" SCNu32 "]", &inode) == 1 ? inode : 0;
}

/* A cgroup's id is the inode number of its folder (fs/kernfs: kernfs_ino()), which has its own file system's word. */
static uint64_t read_cgroup(uint32_t pid, const struct cgroup_tree *tree)
{
	char text[CGROUP_PATH_SIZE];
	struct stat status;

	if (tree->unified < 0 || process_read_file(pid, "cgroup", text, sizeof(text)) <= 0)
		return 0;
	char *line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");
	if (!line)
		return 0;
	char *path = strchr(line, '/') + 1;
	path[strcspn(path, "\n")] = '\0';
	if (strstr(path, "..")) /* outside the daemon's cgroup namespace */
		return 0;
	return fstatat(tree->unified, *path ? path : ".", &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

static void read_path(uint32_t pid, struct sw_identity *identity, char executable[PATH_MAX])
{
	const size_t mark = sizeof(DELETED_MARK) - 1;
	char link[64];

	path_of(pid, "exe", link);
	ssize_t length = readlink(link, executable, PATH_MAX - 1);
	executable[length > 0 ? length : 0] = '\0';
	if (length < 0 && errno == ENOENT)
		identity->flags |= SW_IDENTITY_KERNEL_THREAD;
	if ((size_t)length > mark && length > 0 && strcmp(executable + length - mark, DELETED_MARK) == 0)
		executable[(size_t)length - mark] = '\0';
}

/* With what the kernel remembers of the file: asking a server, as of FUSE, could be without end. */
static void read_executable(uint32_t pid, struct sw_identity *identity)
{
	const unsigned int wanted = STATX_BASIC_STATS | STATX_MNT_ID;
	struct statx status;
	char link[64];

	path_of(pid, "exe", link);
	if (statx(AT_FDCWD, link, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, wanted, &status) != 0)
		return;
	struct file_id id = file_id_of_status(&status);
	identity->key.exe_inode = id.inode;
	identity->key.exe_device = id.device;
	identity->exe_links = status.stx_nlink;
	identity->exe_owner = status.stx_uid;
	identity->exe_mode = status.stx_mode;
}

static int read_ancestor(uint32_t pid, struct sw_ancestor *ret_ancestor, uint32_t *ret_parent)
{
	struct process_stat stat;
	struct status status;

	if (process_read_stat(pid, &stat) != 0 || read_status(pid, &status) != 0)
		return -ESRCH;
	*ret_ancestor =
		(struct sw_ancestor){.start_ns = stat.start_ticks * process_tick_ns(), .pid = pid, .uid = status.uid};
	read_comm(pid, ret_ancestor->comm);
	*ret_parent = stat.parent;
	return 0;
}

static void read_ancestors(uint32_t parent, uint32_t tracer, struct sw_identity *identity)
{
	uint32_t ignored;

	for (size_t i = 0; i < COUNT_OF(identity->ancestors) && parent != 0; i++)
		if (read_ancestor(parent, &identity->ancestors[i], &parent) != 0)
			break;
	if (tracer != 0)
		read_ancestor(tracer, &identity->tracer, &ignored);
}

int process_identify(uint32_t pid, const struct cgroup_tree *tree, struct sw_identity *ret_identity,
		     char ret_executable[PATH_MAX])
{
	struct sw_identity identity = {.tid = pid, .flags = SW_IDENTITY_ADOPTED};
	_cleanup_free_ char *executable = malloc(PATH_MAX);
	struct process_stat stat;
	struct status status;

	if (!executable || process_read_stat(pid, &stat) != 0 || read_status(pid, &status) != 0)
		return -ESRCH;
	identity.key.pid = pid;
	identity.key.uid = status.uid;
	identity.key.start_ns = stat.start_ticks * process_tick_ns();
	identity.euid = status.euid;
	identity.gid = status.gid;
	identity.loginuid = read_loginuid(pid);
	identity.mount_namespace = read_namespace(pid, "ns/mnt");
	if (read_namespace(pid, "ns/user") != FIRST_USER_NAMESPACE)
		identity.flags |= SW_IDENTITY_USER_NAMESPACE;
	identity.cgroup = read_cgroup(pid, tree);
	read_comm(pid, identity.comm);
	read_path(pid, &identity, executable);
	read_executable(pid, &identity);
	read_ancestors(stat.parent, status.tracer, &identity);
	if (!process_is_alive(&identity.key)) /* or it may have been of two processes with one pid */
		return -ESRCH;
	*ret_identity = identity;
	memcpy(ret_executable, executable, PATH_MAX);
	return 0;
}
