/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that outlive the daemon, and are root's alone. */
#ifndef SMTPWATCH_DAEMON_ROOT_FILE_H
#define SMTPWATCH_DAEMON_ROOT_FILE_H

/* For reading. A descriptor, or -errno: -EPERM where others than this user can write to it, or it is no plain file. */
int root_file_open(const char *path);

/* Makes the folder that the file lies in. 0 or -errno. */
int root_file_make_directory(const char *path);

/* Begins a file (0600) in place of whatever has this name. A descriptor, or -errno. */
int root_file_begin(const char *path);

#endif
