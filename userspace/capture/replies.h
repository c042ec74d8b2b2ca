/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of replies: by which texts receivers say that this host is blocked, listed or slowed. Shipped as
 * capture/replies.psv, which is part of the program; an administrator's file adds rows that are asked first.
 */
#ifndef SMTPWATCH_CAPTURE_REPLIES_H
#define SMTPWATCH_CAPTURE_REPLIES_H

#include "lib/cleanup.h"
#include "lib/ini_file.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>

struct replies;

/* The shipped table, and before it the rows of the file at `path`; a file that does not exist is no error. 0, or -errno
 * with `ret_error` naming file, line and what would be right. */
int replies_load(const char *path, struct replies **ret_replies, struct ini_error *ret_error);
void replies_free(struct replies *replies);
DEFINE_CLEANUP(struct replies, replies_free)

/* Whether an address is this host's, as it is seen from outside. */
typedef bool (*replies_is_ours)(void *context, const struct address *address);

/* What a reply (an event of DIALOGUE_REPLY or DIALOGUE_BANNER) says. The receiver's name is the table's; NULL with
 * REPLY_CLASS_NONE. A reply that quotes an address must quote one of ours. */
enum reply_class replies_classify(const struct replies *replies, const struct dialogue_event *event,
				  replies_is_ours is_ours, void *context, const char **ret_receiver);

size_t replies_count(const struct replies *replies);

#endif
