// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/connection_cache.h"

#include "lib/array.h"
#include "lib/hash.h"

#include <string.h>

#define HASHED_FROM 16 /* behind "kind":"event", which all have */
#define WAYS 2         /* places that a connection can be at */

struct connection_cache {
	uint64_t seed;
	uint32_t clock;
	struct kept_connection connections[CONNECTION_CACHE_SIZE];
};

struct connection_cache *connection_cache_new(void)
{
	struct connection_cache *cache = calloc(1, sizeof(*cache));

	if (cache)
		cache->seed = hash_seed();
	return cache;
}

static void clear_greeting(struct kept_connection *connection)
{
	free(connection->greeting.bytes);
	free(connection->texts);
	connection->greeting = (struct kept_run){NULL, 0};
	connection->texts = NULL;
}

static void clear(struct kept_connection *connection)
{
	clear_greeting(connection);
	free(connection->run.bytes);
	connection->run = (struct kept_run){NULL, 0};
	connection->actor.size = 0;
}

void connection_cache_free(struct connection_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < CONNECTION_CACHE_SIZE; i++)
		clear(&cache->connections[i]);
	free(cache);
}

static bool keep_run(struct kept_run *kept, const char *run, size_t size)
{
	kept->bytes = malloc(size);
	if (!kept->bytes)
		return false;
	memcpy(kept->bytes, run, size);
	kept->size = size;
	return true;
}

/* The first of the places, of CONNECTION_CACHE_RUN_MIN bytes. */
static struct kept_connection *places_of(struct connection_cache *cache, const char *text)
{
	uint64_t words[(CONNECTION_CACHE_RUN_MIN - HASHED_FROM) / sizeof(uint64_t)];
	uint64_t hash = cache->seed;

	memcpy(words, text + HASHED_FROM, sizeof(words));
	for (size_t i = 0; i < COUNT_OF(words); i += 2)
		hash = hash_multiply_and_fold(words[i] ^ hash, words[i + 1] ^ cache->seed);
	return &cache->connections[hash & (CONNECTION_CACHE_SIZE - WAYS)];
}

struct kept_connection *connection_cache_find(struct connection_cache *cache, const char *text, const char *end)
{
	if (end - text < CONNECTION_CACHE_RUN_MIN)
		return NULL;
	struct kept_connection *places = places_of(cache, text);
	for (int way = 0; way < WAYS; way++) {
		if (!kept_run_is_at(&places[way].run, text, end))
			continue;
		places[way].used_at = ++cache->clock;
		return &places[way];
	}
	return NULL;
}

struct kept_connection *connection_cache_add(struct connection_cache *cache, const char *run, size_t size)
{
	if (size < CONNECTION_CACHE_RUN_MIN || size > CONNECTION_CACHE_RUN_MAX)
		return NULL;
	struct kept_connection *places = places_of(cache, run);
	struct kept_connection *oldest = &places[cache->clock - places[1].used_at > cache->clock - places[0].used_at];
	clear(oldest);
	oldest->used_at = ++cache->clock;
	return keep_run(&oldest->run, run, size) ? oldest : NULL;
}

void connection_cache_forget(struct connection_cache *cache, const char *run, size_t size)
{
	if (size < CONNECTION_CACHE_RUN_MIN)
		return;
	struct kept_connection *places = places_of(cache, run);
	for (int way = 0; way < WAYS; way++)
		if (places[way].run.bytes && memcmp(places[way].run.bytes, run, CONNECTION_CACHE_RUN_MIN) == 0)
			clear(&places[way]);
}

void connection_copy_flow(struct flow *target, const struct flow *source)
{
	memcpy(target, source, offsetof(struct flow, domain));
	memcpy(target->domain, source->domain, strlen(source->domain) + 1);
	memcpy(target->mx_domain, source->mx_domain, strlen(source->mx_domain) + 1);
	memcpy(&target->mx_preference, &source->mx_preference, sizeof(*target) - offsetof(struct flow, mx_preference));
}

/* The texts of a greeting, which stand one behind the other in one block. */
static bool keep_texts(struct kept_connection *connection)
{
	struct dialogue *dialogue = &connection->dialogue;
	char **const texts[] = {&dialogue->banner, &dialogue->helo, &dialogue->server_name, &dialogue->mechanism};
	size_t sizes[COUNT_OF(texts)] = {0};
	size_t sum = 1;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		sum += sizes[i] = *texts[i] ? strlen(*texts[i]) + 1 : 0;
	char *at = connection->texts = malloc(sum);
	for (size_t i = 0; i < COUNT_OF(texts) && at; i++) {
		if (*texts[i])
			*texts[i] = memcpy(at, *texts[i], sizes[i]);
		at += sizes[i];
	}
	return at;
}

void kept_connection_greet(struct kept_connection *connection, const char *run, size_t size,
			   const struct dialogue *dialogue)
{
	clear_greeting(connection);
	if (size > CONNECTION_CACHE_RUN_MAX)
		return;
	connection->dialogue = *dialogue;
	if (!keep_texts(connection) || !keep_run(&connection->greeting, run, size))
		clear_greeting(connection);
}
