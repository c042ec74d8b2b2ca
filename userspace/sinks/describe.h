/* SPDX-License-Identifier: GPL-2.0-only */
/* An actor's parts in the form in which every sink shows them. The text is not escaped yet. */
#ifndef SMTPWATCH_SINKS_DESCRIBE_H
#define SMTPWATCH_SINKS_DESCRIBE_H

#include <smtpwatch/actor.h>
#include <smtpwatch/alert.h>
#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESCRIBE_PATH_SIZE 1024 /* room for any path but the oddest */

/* The path, of one that `size` bytes have no room for its end behind "...". `size` is at least 4; with NUL. Returns the
 * length. */
size_t describe_path(const char *path, char *text, size_t size);

/* The same of the executable; [name] for a kernel thread, [device:inode] where no record named it. */
size_t describe_executable(const struct actor *actor, char *text, size_t size);

/* The arguments with blanks between them. Returns the length, 0 where there are none. */
size_t describe_argv(const struct actor *actor, char text[SW_ARGV_SIZE + 1]);

/* Whether the executable has no name in any file system: deleted, replaced, or a memfd. */
bool describe_is_deleted(const struct actor *actor);

#define REPLY_TEXT_SIZE (DIALOGUE_TEXT_SIZE + sizeof("554 5.999.999 "))

/* "554 5.7.1 text". Returns the length. */
size_t describe_reply(uint16_t code, const struct enhanced_code *enhanced, const char *reply,
		      char text[REPLY_TEXT_SIZE]);

/* The sender as far as he is kept: the address, or the domain, or "<>" where there is none. */
const char *describe_sender(const struct dialogue *dialogue);

/* How long an alert lasted, from its first time to its latest; that of an incident in the line that ends it. 0 where it
 * has not ended. */
uint64_t describe_duration(const struct alert *alert);

#define DURATION_TEXT_SIZE sizeof("213503982334601d23h")

/* "12s", "38m", "2h5m", "3d4h": for people. Returns `text`. */
const char *describe_span(uint64_t duration_ns, char text[DURATION_TEXT_SIZE]);

/* The working directory as it was when the script was taken down, or else the actor's. Either may be NULL. NULL: not
 * known. */
const char *describe_cwd(const struct actor *actor, const struct script *script);

#endif
