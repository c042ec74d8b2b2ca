/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the path of an actor's executable leads to it in the host's own file system. In a mount namespace of his own,
 * which takes no privileges, a user can put any file at any path, and run it by way of /proc/PID/root outside of it
 * too. So the namespace of the process says nothing by itself: it has to be the file's.
 */
#ifndef SMTPWATCH_IDENTITY_HOST_PATH_H
#define SMTPWATCH_IDENTITY_HOST_PATH_H

#include <smtpwatch/actor.h>
#include <stdbool.h>

/* Whether the kernel side walked the path to the root of the host's mount namespace. To be asked before
 * process_complete(), which takes paths from /proc, whatever namespace they are of. */
bool host_path_was_told(const struct actor *actor);

/* The same of any other path: the process runs a file of one of the host's mounts, or, as a unit with a mount namespace
 * of its own does, the very file that is installed there on the host. */
bool host_path_is_found(const struct actor *actor);

/* Whether it lies where packages put executables. Nobody but root can mount something there that would let us wait. */
bool host_path_is_installed(const char *path);

#endif
