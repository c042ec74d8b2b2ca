// SPDX-License-Identifier: GPL-2.0-only
#include "identity/file_id.h"
#include "lib/roots.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KERNEL_DEVICE(major, minor) ((uint32_t)(major) << 20 | (uint32_t)(minor)) /* MKDEV, linux/kdev_t.h */

/* Checks each folder above `path`, as the path is written. */
static int check_folders(const char *path)
{
	char folder[PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t length = slash == path ? 1 : (size_t)(slash - path);
		struct stat status;
		if (length >= sizeof(folder))
			return -ENAMETOOLONG;
		memcpy(folder, path, length);
		folder[length] = '\0';
		if (stat(folder, &status) != 0)
			return -errno;
		if (!file_is_roots(status.st_uid, status.st_mode))
			return -EPERM;
	}
	return 0;
}

/* The device number of the superblock behind a mount: proc_pid_mountinfo(5), fields 1 and 3. */
static int device_of_mount(uint64_t mount_id, uint32_t *ret_device)
{
	_cleanup_fclose_ FILE *mounts = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;

	if (!mounts)
		return -errno;
	while (getline(&line, &room, mounts) > 0) {
		unsigned long long id;
		unsigned int major, minor;
		if (sscanf(line, "%llu %*u %u:%u", &id, &major, &minor) == 3 && id == mount_id) {
			*ret_device = KERNEL_DEVICE(major, minor);
			return 0;
		}
	}
	return -ENOENT;
}

struct file_id file_id_of_status(const struct statx *status)
{
	uint32_t device = KERNEL_DEVICE(status->stx_dev_major, status->stx_dev_minor);

	if (status->stx_mask & STATX_MNT_ID)
		device_of_mount(status->stx_mnt_id, &device);
	return (struct file_id){.inode = status->stx_ino, .device = device};
}

int file_id_resolve(const char *path, struct file_id *ret_id)
{
	_cleanup_free_ char *real = realpath(path, NULL);
	struct statx status;

	if (!real)
		return -errno;
	if (statx(AT_FDCWD, real, 0, STATX_BASIC_STATS | STATX_MNT_ID, &status) != 0)
		return -errno;
	if (!S_ISREG(status.stx_mode) || !file_is_roots(status.stx_uid, status.stx_mode))
		return -EPERM;
	int error = check_folders(path);
	if (!error)
		error = check_folders(real);
	if (error)
		return error;
	*ret_id = file_id_of_status(&status);
	return 0;
}
