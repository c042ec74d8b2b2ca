/* SPDX-License-Identifier: GPL-2.0-only */
/* A copy of an actor that several rows show. */
#ifndef SMTPWATCH_LEDGER_ACTOR_SHARE_H
#define SMTPWATCH_LEDGER_ACTOR_SHARE_H

#include <smtpwatch/actor.h>

/* A copy with one reference. NULL: no memory. */
const struct actor *actor_share_new(const struct actor *actor);

/* Returns `shared`; NULL is allowed, here and below. */
const struct actor *actor_share_ref(const struct actor *shared);
void actor_share_unref(const struct actor *shared);

/* Brings the copy up to date for all who show it, where `actor` has another role or unit, or where `is_described` says
 * that more may have changed. Without memory it stays as it is. */
void actor_share_refresh(const struct actor *shared, const struct actor *actor, bool is_described);

#endif
