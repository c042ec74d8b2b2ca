/* SPDX-License-Identifier: GPL-2.0-only */
/* File systems of the kernel's that nobody has mounted. */
#ifndef SMTPWATCH_LIB_DETACHED_MOUNT_H
#define SMTPWATCH_LIB_DETACHED_MOUNT_H

/*
 * Opens a file system, "tracefs" or the like, as a mount that no folder shows (fsopen(2), since 5.2) and that ends with
 * its descriptor: nothing appears in the host's mount table. Returns an O_PATH descriptor that the caller closes,
 * or -1 with errno.
 */
int detached_mount_open(const char *type);

#endif
