// SPDX-License-Identifier: GPL-2.0-only
#include "lib/detached_mount.h"

#include "lib/cleanup.h"

#include <stddef.h>
#include <sys/mount.h>

int detached_mount_open(const char *type)
{
	_cleanup_close_ int context = fsopen(type, FSOPEN_CLOEXEC);
	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
		return -1;
	return fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}
