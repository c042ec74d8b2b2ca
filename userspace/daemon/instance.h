/* SPDX-License-Identifier: GPL-2.0-only */
/* One daemon a host: a lock file, held by its descriptor, that names the process which holds it. */
#ifndef SMTPWATCH_DAEMON_INSTANCE_H
#define SMTPWATCH_DAEMON_INSTANCE_H

#define INSTANCE_DEFAULT_DIRECTORY "/run/smtpwatch"

/*
 * Takes the lock smtpwatchd.pid in $RUNTIME_DIRECTORY (which systemd sets) or the default directory, which
 * is made if it is missing. The descriptor is inherited by fork and never closed. Returns 0, or -errno after
 * saying why; -EEXIST is another instance.
 */
int instance_lock(void);

/* The directory. */
const char *instance_directory(void);

/* Writes this process's pid into the lock file. */
void instance_write_pid(void);

/* Removes the file. */
void instance_unlock(void);

#endif
