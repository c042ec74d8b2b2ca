/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside recorded/: connections by the bytes that they were read from. Lines of one connection have a run of bytes in
 * common that says what it is, often another one that says how it was greeted, and mostly the actor; of all but the
 * first of them, these need not be taken apart. Bounded; a connection takes the place of another one of a like hash.
 */
#ifndef SMTPWATCH_RECORDED_CONNECTION_CACHE_H
#define SMTPWATCH_RECORDED_CONNECTION_CACHE_H

#include "lib/cleanup.h"
#include "recorded/actor_cache.h"

#include <smtpwatch/flow.h>
#include <stddef.h>
#include <stdint.h>

#define CONNECTION_CACHE_SIZE 1024    /* open at a time; a power of two. With their runs they stay near the processor */
#define CONNECTION_CACHE_RUN_MAX 1024 /* what is longer is taken apart each time */
#define CONNECTION_CACHE_RUN_MIN \
	80 /* and what is shorter: in so many bytes stands when it began, and its first address */

/* Bytes of a line with the comma behind them, which makes that the last value ends there. */
struct kept_run {
	char *bytes; /* NULL: there are none */
	size_t size;
};

struct kept_connection {
	struct kept_run run;
	struct flow flow; /* as it was read, by connection_copy_flow(): no pointers, and times as they stood there */
	struct endpoint local;
	struct endpoint remote;
	uint32_t parts; /* of enum part, a bit each, that the run says something of */
	uint32_t used_at;

	struct kept_run greeting;
	struct dialogue dialogue; /* texts are in `texts` */
	char *texts;
	size_t greeting_depth; /* of objects that are open behind the run */

	struct run_key actor; /* of the latest line; size 0: none that was kept */
};

struct connection_cache;

/* NULL: no memory. */
struct connection_cache *connection_cache_new(void);
void connection_cache_free(struct connection_cache *cache);
DEFINE_CLEANUP(struct connection_cache, connection_cache_free)

/* The connection whose run the text begins with, up to `end`; or NULL. It stays until the next one is added. */
struct kept_connection *connection_cache_find(struct connection_cache *cache, const char *text, const char *end);

/* The connection that has this run, which ends with a comma. Its values are the caller's to fill in. NULL: the run is
 * too short or too long, or there is no memory. */
struct kept_connection *connection_cache_add(struct connection_cache *cache, const char *run, size_t size);

/* The connection that these bytes, with which a run begins, are of is over. */
void connection_cache_forget(struct connection_cache *cache, const char *run, size_t size);

/* What a line says of a flow. Names are mostly much shorter than there is room for. */
void connection_copy_flow(struct flow *target, const struct flow *source);

/* How the connection was greeted: the bytes, and what they say, of which the texts are copied. Too long, or no memory:
 * none is kept. */
void kept_connection_greet(struct kept_connection *connection, const char *run, size_t size,
			   const struct dialogue *dialogue);

/* Whether the text begins with the run. */
static inline bool kept_run_is_at(const struct kept_run *run, const char *text, const char *end)
{
	return run->bytes && (size_t)(end - text) >= run->size && __builtin_memcmp(run->bytes, text, run->size) == 0;
}

#endif
