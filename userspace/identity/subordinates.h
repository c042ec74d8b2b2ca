/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns the subordinate UIDs that processes in containers run under: subuid(5). */
#ifndef SMTPWATCH_IDENTITY_SUBORDINATES_H
#define SMTPWATCH_IDENTITY_SUBORDINATES_H

#include "identity/users.h"

struct subordinates;

#define SUBORDINATES_PATH "/etc/subuid"

/* Reads nothing yet. `path` is copied; `users`, which name an owner that is given by its UID, must live longer.
 * NULL: no memory. */
struct subordinates *subordinates_new(const char *path, struct users *users);
void subordinates_free(struct subordinates *subordinates);
DEFINE_CLEANUP(struct subordinates, subordinates_free)

/*
 * Writes the name of the user whose range the UID lies in, or nothing: the narrowest range, and of equal ones
 * the first. The file is read anew when it has changed; what is no range is skipped, and what comes after 65536
 * ranges. A name too long for the field is cut; an owner without a name is told by his UID.
 */
void subordinates_owner(struct subordinates *subordinates, uint32_t uid, char ret_name[ACTOR_USER_NAME_SIZE]);

#endif
