/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket in the file system that clients connect to. */
#ifndef SMTPWATCH_CONTROL_LISTENING_H
#define SMTPWATCH_CONTROL_LISTENING_H

#include <sys/types.h>

/* What to do about an -EPERM of listening_set_group(), after a colon: the owner of a file may give it only to a group
 * that he is in (chown(2)). */
#define LISTENING_GROUP_REMEDY                                                                              \
	": \"SupplementaryGroups=\" below [Service] by \"systemctl edit smtpwatchd\" names the group that " \
	"[control] does, and is taken at a restart"

/*
 * Makes it at `path` and listens; a socket that is there already is a dead daemon's and replaced. Nobody can connect
 * before it has its owner and mode: of root and the group 0660, without a group, (gid_t)-1, 0600. Where the kernel does
 * not let it be given to the group it stays root's, and the log says so. 0, or -errno after saying why in the log:
 * -ENAMETOOLONG, -EEXIST something there is no socket.
 */
int listening_open(const char *path, gid_t group, int *ret_fd);

/* The same owner and mode for one that is there. 0 or -errno. */
int listening_set_group(const char *path, gid_t group);

#endif
