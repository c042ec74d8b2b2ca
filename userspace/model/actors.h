/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of actors, by pid, start time, user and executable. */
#ifndef SMTPWATCH_MODEL_ACTORS_H
#define SMTPWATCH_MODEL_ACTORS_H

#include <smtpwatch/actor.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct actors;

struct actors *actors_new(size_t capacity);
void actors_free(struct actors *actors);

/* Makes `target`, which holds nothing yet or an earlier copy, an independent copy. 0 or -ENOMEM: unchanged. */
int actor_copy(struct actor *target, const struct actor *source);

/* Whether all that is shown of two actors is the same. */
bool actor_is_like(const struct actor *left, const struct actor *right);

/* Gives back what an actor owns and leaves it empty. */
void actor_clear(struct actor *actor);

/* The actor that the observation is of, made if it is new and brought up to date if the observation says
 * more than was known. A full table forgets the actor that was quiet longest. 0 or -ENOMEM. */
int actors_take(struct actors *actors, const struct observation *observation, struct actor **ret_actor,
		bool *ret_is_new);

struct actor *actors_find(const struct actors *actors, const struct sw_actor_key *key);

/* The same for a key whose start time is a multiple of `tick_ns`, rounded down, as /proc has it: by pid, user, inode of
 * the executable, and start. Of devices /proc may have other numbers than the kernel, so they do not count. Goes over
 * the whole table. */
struct actor *actors_find_process(const struct actors *actors, const struct sw_actor_key *key, uint64_t tick_ns);
void actors_remove(struct actors *actors, const struct sw_actor_key *key);

/* The actor that was quiet longest, and the next one. */
struct actor *actors_oldest(const struct actors *actors);
struct actor *actors_newer(const struct actor *actor);

size_t actors_count(const struct actors *actors);
uint64_t actors_forgotten(const struct actors *actors);

#endif
