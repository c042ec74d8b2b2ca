/* SPDX-License-Identifier: GPL-2.0-only */
/* A directory of INI files: /etc/smtpwatch/mta.d and its kin. */
#ifndef SMTPWATCH_LIB_INI_DIRECTORY_H
#define SMTPWATCH_LIB_INI_DIRECTORY_H

#include "lib/ini_file.h"

/*
 * Hands out the path of every *.conf whose name does not begin with a dot, in the order of the names' bytes, until
 * `take` fails. A directory that does not exist has none. 0, or -errno with the error told: that of `take`, which tells
 * its own ones, or of a directory that cannot be read.
 */
int ini_directory_read(const char *directory, int (*take)(void *context, const char *path, struct ini_error *ret_error),
		       void *context, struct ini_error *ret_error);

#endif
