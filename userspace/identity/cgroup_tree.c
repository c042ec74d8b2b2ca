// SPDX-License-Identifier: GPL-2.0-only
#include "identity/cgroup_tree.h"
#include "lib/detached_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#define FILEID_KERNFS 0xfe /* include/linux/exportfs.h: the handle is the cgroup's id */

/* One line of proc_pid_mountinfo(5). */
struct mount_line {
	char root[256]; /* longer ones are of no use here */
	char point[256];
	char type[32];
	char options[256]; /* of the superblock */
};

/* Octal escapes stand for spaces and the like: a path with one is not where cgroups are mounted. */
static bool parse_mount(const char *line, struct mount_line *ret_mount)
{
	const char *mark = strstr(line, " - ");

	return mark && sscanf(line, "%*u %*u %*u:%*u %255s %255s", ret_mount->root, ret_mount->point) == 2 &&
	       sscanf(mark, " - %31s %*s %255s", ret_mount->type, ret_mount->options) == 2;
}

static bool is_mount_of(int fd, long magic)
{
	struct statfs status;
	return fstatfs(fd, &status) == 0 && (long)status.f_type == magic;
}

/* What is mounted over it decides. */
static int open_mount(const struct mount_line *mount, long magic)
{
	_cleanup_close_ int fd = open(mount->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && is_mount_of(fd, magic) ? TAKE_FD(fd) : -1;
}

/* The hierarchy's root, "/", or how a cgroup namespace shows it: "/..", "/../..". A part of it is of no use. */
static bool is_whole(const char *root)
{
	return root[strspn(root, "/.")] == '\0';
}

static void take_mount(struct cgroup_tree *tree, const struct mount_line *mount)
{
	if (strcmp(mount->type, "cgroup") == 0)
		tree->has_older = true;
	if (!is_whole(mount->root))
		return;
	if (strcmp(mount->type, "cgroup2") == 0 && tree->unified < 0)
		tree->unified = open_mount(mount, CGROUP2_SUPER_MAGIC);
	if (strcmp(mount->type, "cgroup") == 0 && tree->systemd < 0 && strstr(mount->options, "name=systemd"))
		tree->systemd = open_mount(mount, CGROUP_SUPER_MAGIC);
}

/* The descriptor of the mount itself is O_PATH, with which open_by_handle_at() does nothing. */
static int open_detached(void)
{
	_cleanup_close_ int mount = detached_mount_open("cgroup2");
	return mount < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct cgroup_tree cgroup_tree_open(void)
{
	struct cgroup_tree tree = {.unified = -1, .systemd = -1};
	_cleanup_fclose_ FILE *mounts = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;

	while (mounts && getline(&line, &room, mounts) > 0) {
		struct mount_line mount;
		if (parse_mount(line, &mount))
			take_mount(&tree, &mount);
	}
	if (tree.unified < 0)
		tree.unified = open_detached();
	return tree;
}

void cgroup_tree_close(struct cgroup_tree *tree)
{
	cleanup_close(&tree->unified);
	cleanup_close(&tree->systemd);
	tree->unified = -1;
	tree->systemd = -1;
}

int cgroup_tree_open_id(const struct cgroup_tree *tree, uint64_t id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} file = {.handle = {.handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS}};

	if (tree->unified < 0)
		return -ENODEV;
	memcpy(file.room + offsetof(struct file_handle, f_handle), &id, sizeof(id));
	int fd = open_by_handle_at(tree->unified, &file.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

int cgroup_tree_open_path(const struct cgroup_tree *tree, const char *path)
{
	if (tree->systemd < 0)
		return -ENODEV;
	path += strspn(path, "/");
	/* Outside the daemon's cgroup namespace. */
	if (strncmp(path, "..", 2) == 0 && (path[2] == '/' || path[2] == '\0'))
		return -EXDEV;
	int fd = openat(tree->systemd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

static int path_of(int fd, char path[CGROUP_PATH_SIZE])
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, CGROUP_PATH_SIZE);
	if (length < 0)
		return -errno;
	if (length == CGROUP_PATH_SIZE)
		return -ENAMETOOLONG;
	path[length] = '\0';
	return 0;
}

int cgroup_tree_path(const struct cgroup_tree *tree, int folder, char ret_path[CGROUP_PATH_SIZE])
{
	char mount[CGROUP_PATH_SIZE];
	char path[CGROUP_PATH_SIZE];

	int error = path_of(tree->unified, mount);
	if (!error)
		error = path_of(folder, path);
	if (error)
		return error;
	/* The root of a detached mount is "/" and nothing comes before its paths. */
	size_t length = strcmp(mount, "/") == 0 ? 0 : strlen(mount);
	if (strncmp(path, mount, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return -EXDEV;
	snprintf(ret_path, CGROUP_PATH_SIZE, "%s", path[length] ? path + length : "/");
	return 0;
}

int cgroup_tree_processes(int folder, uint32_t *pids, size_t room)
{
	int fd = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	_cleanup_fclose_ FILE *stream = fdopen(fd, "re");
	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	size_t count = 0;
	while (count < room && fscanf(stream, "%u", &pids[count]) == 1)
		count++;
	return (int)count;
}
