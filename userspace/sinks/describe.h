/* SPDX-License-Identifier: GPL-2.0-only */
/* An actor's parts in the form in which every sink shows them. The text is not escaped yet. */
#ifndef SMTPWATCH_SINKS_DESCRIBE_H
#define SMTPWATCH_SINKS_DESCRIBE_H

#include <smtpwatch/actor.h>
#include <stdbool.h>
#include <stddef.h>

#define DESCRIBE_EXECUTABLE_SIZE 1024

/* The path, of a long one its end behind "..."; [name] for a kernel thread, [device:inode] where no record named it.
 * Returns the length. */
size_t describe_executable(const struct actor *actor, char text[DESCRIBE_EXECUTABLE_SIZE]);

/* The arguments with blanks between them. Returns the length, 0 where there are none. */
size_t describe_argv(const struct actor *actor, char text[SW_ARGV_SIZE + 1]);

/* Whether the executable has no name in any file system: deleted, replaced, or a memfd. */
bool describe_is_deleted(const struct actor *actor);

#endif
