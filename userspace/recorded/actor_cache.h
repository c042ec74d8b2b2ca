/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside recorded/: actors by the bytes that they were read from. Lines of one actor end alike, so all but the first of
 * them need not be taken apart. Bounded; a full one forgets the actor that was asked for longest ago.
 */
#ifndef SMTPWATCH_RECORDED_ACTOR_CACHE_H
#define SMTPWATCH_RECORDED_ACTOR_CACHE_H

#include "lib/cleanup.h"
#include "lib/table.h"
#include "recorded/fields.h"

#include <smtpwatch/actor.h>
#include <stddef.h>
#include <stdint.h>

#define ACTOR_CACHE_SIZE 4096
#define ACTOR_CACHE_RUN_MAX 8192 /* what is longer is taken apart each time */

struct run_key {
	uint64_t hash;
	uint64_t size;
};

struct kept_actor {
	struct table_link link;
	struct run_key key;
	char *run; /* NULL: it is in no cache */
	struct actor actor;
	uint64_t start_ns;        /* as it was read; the reader may put another into the actor */
	uint64_t process_wall_ns; /* 0: not said */
	struct line_host host;
};

/* A copy of an actor and of what it points to; `script` and `unit` may be NULL. NULL: no memory. */
struct kept_actor *kept_actor_new(const struct actor *like, const struct script *script, const struct unit *unit);
void kept_actor_free(struct kept_actor *kept);
DEFINE_CLEANUP(struct kept_actor, kept_actor_free)

/* Keys are hashes of the run's bytes: the cache compares the bytes too. */
struct table *actor_cache_new(void);
struct kept_actor *actor_cache_find(struct table *cache, const char *run, size_t size);
/* The same, of a run that has the size of one whose key is known. Likely it is that one; if not, it may be another. */
struct kept_actor *actor_cache_find_again(struct table *cache, const struct run_key *key, const char *run);

/* Takes ownership, in any case. A run that is too long, or no memory: it is freed, and what is returned is false. */
bool actor_cache_add(struct table *cache, const char *run, size_t size, struct kept_actor *kept);

#endif
