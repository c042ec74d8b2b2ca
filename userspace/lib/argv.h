/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of a command, as a configuration has them: no shell is needed to run it. */
#ifndef SMTPWATCH_LIB_ARGV_H
#define SMTPWATCH_LIB_ARGV_H

#define ARGV_MAX 32 /* words */

/*
 * Takes a text apart at its blanks. What stands in single or double quotes is one word, or a part of one, with its
 * blanks; a backslash outside of single quotes takes from the character behind it what it means. Nothing else is
 * special. `ret_argv` ends with NULL; free() gives back all of it. 0, -ENOMEM, or -EINVAL with the reason as a
 * sentence.
 */
int argv_split(const char *text, char ***ret_argv, const char **ret_reason);

#endif
