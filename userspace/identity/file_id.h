/* SPDX-License-Identifier: GPL-2.0-only */
/* Which file lies behind a path, in the kernel's own terms, and whether only root could have put it there. */
#ifndef SMTPWATCH_IDENTITY_FILE_ID_H
#define SMTPWATCH_IDENTITY_FILE_ID_H

#include <stdbool.h>
#include <stdint.h>

struct statx;

struct file_id {
	uint64_t inode;
	uint32_t device; /* of the superblock, major << 20 | minor, as the kernel's records have it */
};

/*
 * Resolves a path, symbolic links included. The device is taken from /proc/self/mountinfo, because on
 * Btrfs stat(2) gives a number of its own for each subvolume. Returns 0, -errno where there is no such
 * file, or -EPERM where somebody other than root could replace it: the file and every folder above it,
 * before and after links are resolved, must belong to root and be writable by nobody else.
 */
int file_id_resolve(const char *path, struct file_id *ret_id);

/* Inode and device of a file whose STATX_INO and STATX_MNT_ID were asked for. The device is what statx(2) says where
 * the mount is not in /proc/self/mountinfo. */
struct file_id file_id_of_status(const struct statx *status);

#endif
