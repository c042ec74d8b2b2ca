/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc can add to an actor whose process still lives. */
#ifndef SMTPWATCH_IDENTITY_PROCESS_H
#define SMTPWATCH_IDENTITY_PROCESS_H

#include <smtpwatch/actor.h>
#include <stdbool.h>

/* Whether the process with this pid and start time still exists. */
bool process_is_alive(const struct sw_actor_key *key);

/*
 * Fills in the executable's path where the kernel's record has none or only its end. Leaves the actor as it
 * is when the process has ended, or runs something else by now. Waits for nothing that others control.
 */
void process_complete(struct actor *actor);

#endif
