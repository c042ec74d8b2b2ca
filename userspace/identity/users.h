/* SPDX-License-Identifier: GPL-2.0-only */
/* UIDs -> names, remembered for a while: a lookup can mean asking a directory server. */
#ifndef SMTPWATCH_IDENTITY_USERS_H
#define SMTPWATCH_IDENTITY_USERS_H

#include "lib/cleanup.h"

#include <smtpwatch/actor.h>
#include <stdint.h>

struct users;

struct users *users_new(void);
void users_free(struct users *users);
DEFINE_CLEANUP(struct users, users_free)

/* Writes the user's name, or nothing where the UID has none. A name too long for the field is cut. */
void users_name(struct users *users, uint32_t uid, char ret_name[ACTOR_USER_NAME_SIZE]);

#endif
