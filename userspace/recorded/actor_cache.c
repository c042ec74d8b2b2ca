// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/actor_cache.h"

#include "model/actors.h"

#include <string.h>

#define LANES 2

struct kept_actor *kept_actor_new(const struct actor *like, const struct script *script, const struct unit *unit)
{
	_cleanup_(cleanup_kept_actor_free) struct kept_actor *kept = calloc(1, sizeof(*kept));
	struct actor source = *like;

	if (!kept)
		return NULL;
	source.script = script ? script_new(script) : NULL;
	source.unit = unit ? unit_new(unit) : NULL;
	int error = (script && !source.script) || (unit && !source.unit) ? -1 : actor_copy(&kept->actor, &source);
	script_unref(source.script);
	unit_unref(source.unit);
	kept->start_ns = like->identity.key.start_ns;
	return error ? NULL : TAKE_PTR(kept);
}

void kept_actor_free(struct kept_actor *kept)
{
	if (!kept)
		return;
	actor_clear(&kept->actor);
	free(kept->run);
	free(kept);
}

static void free_entry(void *entry)
{
	kept_actor_free(entry);
}

struct table *actor_cache_new(void)
{
	return table_new(ACTOR_CACHE_SIZE, offsetof(struct kept_actor, key), sizeof(struct run_key), free_entry);
}

static uint64_t mix(uint64_t left, uint64_t right)
{
	unsigned __int128 product = (unsigned __int128)left * right;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two lanes that do not wait for each other, 16 bytes in a step: it is done for every line. Whoever makes two runs with
 * one hash has them taken apart each time, and nothing else. */
static uint64_t hash_run(const char *run, size_t size)
{
	static const uint64_t factors[LANES] = {0x9e3779b97f4a7c15ULL, 0xd6e8feb86659fd93ULL};
	uint64_t lanes[LANES] = {size, ~size};
	uint64_t words[2 * LANES];
	size_t at = 0;

	for (; size - at >= sizeof(words); at += sizeof(words)) {
		memcpy(words, run + at, sizeof(words));
		for (int lane = 0; lane < LANES; lane++)
			lanes[lane] = mix(words[2 * lane] ^ lanes[lane], words[2 * lane + 1] ^ factors[lane]);
	}
	memset(words, 0, sizeof(words));
	memcpy(words, run + at, size - at);
	for (int lane = 0; lane < LANES; lane++)
		lanes[lane] = mix(words[2 * lane] ^ lanes[lane], words[2 * lane + 1] ^ factors[lane]);
	return mix(lanes[0], lanes[1] ^ factors[0]);
}

struct kept_actor *actor_cache_find_again(struct table *cache, const struct run_key *key, const char *run)
{
	struct kept_actor *kept = table_find(cache, key);

	if (!kept || memcmp(kept->run, run, key->size) != 0)
		return NULL;
	table_touch(cache, kept);
	return kept;
}

struct kept_actor *actor_cache_find(struct table *cache, const char *run, size_t size)
{
	if (size > ACTOR_CACHE_RUN_MAX)
		return NULL;
	const struct run_key key = {.hash = hash_run(run, size), .size = size};
	return actor_cache_find_again(cache, &key, run);
}

bool actor_cache_add(struct table *cache, const char *run, size_t size, struct kept_actor *kept)
{
	_cleanup_(cleanup_kept_actor_free) struct kept_actor *owned = kept;

	if (size > ACTOR_CACHE_RUN_MAX || !(owned->run = malloc(size)))
		return false;
	memcpy(owned->run, run, size);
	owned->key.size = size;
	owned->key.hash = hash_run(run, size);
	struct kept_actor *other = table_find(cache, &owned->key);
	if (other)
		table_remove(cache, other);
	table_push(cache, TAKE_PTR(owned));
	return true;
}
