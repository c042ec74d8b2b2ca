/* SPDX-License-Identifier: GPL-2.0-only */
/* All that this folder knows of an actor, in one place: its user, role, unit or container, script and site. */
#ifndef SMTPWATCH_IDENTITY_IDENTITY_H
#define SMTPWATCH_IDENTITY_IDENTITY_H

#include "identity/mta.h"
#include "identity/scripts.h"
#include "lib/cleanup.h"

#include <smtpwatch/actor.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>

struct identity;

/* Has no MTA list and no script finder yet. NULL: no memory. */
struct identity *identity_new(void);
void identity_free(struct identity *identity);
DEFINE_CLEANUP(struct identity, identity_free)

/* What a reload replaces. `identity` takes ownership. */
void identity_set_mta_list(struct identity *identity, struct mta_list *list);
void identity_set_script_finder(struct identity *identity, struct script_finder *finder);

/* Sets what the host says of an actor that the kernel described: all but its script. */
void identity_complete(struct identity *identity, struct actor *actor);

/* Sets the role anew, by the MTA list that is in force now. */
void identity_recognise(struct identity *identity, struct actor *actor);

/* Says which script the process of an observation was running: script_find(). */
bool identity_find_script(struct identity *identity, const struct observation *observation, struct script *ret_script);

#endif
