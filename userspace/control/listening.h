/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket in the file system that clients connect to. */
#ifndef SMTPWATCH_CONTROL_LISTENING_H
#define SMTPWATCH_CONTROL_LISTENING_H

#include <sys/types.h>

/*
 * Makes it at `path` and listens; a socket that is there already is a dead daemon's and replaced. Nobody can connect
 * before it has its owner and mode: of root and the group 0660, without a group, (gid_t)-1, 0600. 0, or -errno after
 * saying why in the log: -ENAMETOOLONG, -EEXIST something there is no socket.
 */
int listening_open(const char *path, gid_t group, int *ret_fd);

/* The same owner and mode for one that is there. 0 or -errno. */
int listening_set_group(const char *path, gid_t group);

#endif
