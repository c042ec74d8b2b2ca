/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the file of a script is still there. */
#ifndef SMTPWATCH_IDENTITY_SCRIPT_FILE_H
#define SMTPWATCH_IDENTITY_SCRIPT_FILE_H

#include <smtpwatch/abi.h>
#include <stdbool.h>

/*
 * True where it is certain that the absolute `path`, as the process saw it, names no file any more. False also
 * where that cannot be said: the process has ended, the kernel is older than 5.12, or would have to ask a file
 * system that the process's owner may serve, or whose server may not answer. `changed_root`: the path was taken in the
 * root that the process has now, also where that is not its namespace's.
 */
bool script_file_is_deleted(const struct sw_actor_key *process, const char *path, bool changed_root);

#endif
