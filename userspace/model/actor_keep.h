/* SPDX-License-Identifier: GPL-2.0-only */
/* An actor as a line of a file that outlives the process (lib/keep.h): what it has that alerts and rows show. */
#ifndef SMTPWATCH_MODEL_ACTOR_KEEP_H
#define SMTPWATCH_MODEL_ACTOR_KEEP_H

#include "lib/keep.h"

#include <smtpwatch/actor.h>

#define ACTOR_KEEP_KIND "actor"

/* `id` is what other lines of the file call it. */
void actor_keep(FILE *stream, uint64_t id, const struct actor *actor);

/* Reads such a line into an actor that holds nothing, which owns what it gets: actor_clear(). 0, or -EINVAL or -ENOMEM
 * and it holds nothing still. */
int actor_restore(struct keep_line *line, uint64_t *ret_id, struct actor *ret_actor);

#endif
