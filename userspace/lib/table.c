// SPDX-License-Identifier: GPL-2.0-only
#include "lib/table.h"

#include "lib/hash.h"

#include <errno.h>
#include <string.h>

struct table {
	struct table_link **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	size_t capacity;
	size_t key_offset;
	size_t key_size;
	void (*free_entry)(void *entry);
	struct table_link *oldest;
	struct table_link *newest;
	uint64_t seed;
};

#define FIRST_BUCKET_COUNT 64

/* From a secret start, 8 bytes at a time: their size is a constant for the compiler, as keys can be hundreds long. */
static uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t size)
{
	const uint64_t factor = seed ^ 0x9e3779b97f4a7c15ULL;
	const uint8_t *at = bytes;
	uint64_t hash = seed ^ size;
	uint64_t word;

	for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = hash_multiply_and_fold(hash ^ word, factor);
	}
	if (size > 0) {
		word = 0;
		memcpy(&word, at, size);
		hash = hash_multiply_and_fold(hash ^ word, factor);
	}
	return hash ^ hash >> 32;
}

static const void *key_of(const struct table *table, const void *entry)
{
	return (const uint8_t *)entry + table->key_offset;
}

static struct table_link **bucket_of(const struct table *table, const void *key)
{
	uint64_t hash = hash_bytes(table->seed, key, table->key_size);
	return &table->buckets[hash & (table->bucket_count - 1)];
}

struct table *table_new(size_t capacity, size_t key_offset, size_t key_size, void (*free_entry)(void *entry))
{
	_cleanup_(cleanup_table_free) struct table *table = calloc(1, sizeof(*table));
	if (!table)
		return NULL;
	table->bucket_count = FIRST_BUCKET_COUNT;
	table->capacity = capacity;
	table->key_offset = key_offset;
	table->key_size = key_size;
	table->free_entry = free_entry;
	table->seed = hash_seed();
	table->buckets = calloc(table->bucket_count, sizeof(*table->buckets));
	if (!table->buckets)
		return NULL;
	return TAKE_PTR(table);
}

void table_free(struct table *table)
{
	if (!table)
		return;
	while (table->oldest)
		table_remove(table, table->oldest);
	free(table->buckets);
	free(table);
}

void *table_find(const struct table *table, const void *key)
{
	struct table_link *link = *bucket_of(table, key);
	while (link && memcmp(key_of(table, link), key, table->key_size) != 0)
		link = link->next_in_bucket;
	return link;
}

/* Doubles the buckets. Without memory the table stays as it is, which is slower and still right. */
static void grow(struct table *table)
{
	struct table_link **larger = calloc(2 * table->bucket_count, sizeof(*larger));
	if (!larger)
		return;
	free(table->buckets);
	table->buckets = larger;
	table->bucket_count *= 2;
	for (struct table_link *link = table->oldest; link; link = link->newer) {
		struct table_link **bucket = bucket_of(table, key_of(table, link));
		link->next_in_bucket = *bucket;
		*bucket = link;
	}
}

static void append(struct table *table, struct table_link *link)
{
	link->newer = NULL;
	link->older = table->newest;
	if (table->newest)
		table->newest->newer = link;
	else
		table->oldest = link;
	table->newest = link;
}

static void detach(struct table *table, struct table_link *link)
{
	if (link->older)
		link->older->newer = link->newer;
	else
		table->oldest = link->newer;
	if (link->newer)
		link->newer->older = link->older;
	else
		table->newest = link->older;
}

int table_insert(struct table *table, void *entry)
{
	if (table_is_full(table))
		return -ENOSPC;
	if (table->count >= table->bucket_count)
		grow(table);
	struct table_link *link = entry;
	struct table_link **bucket = bucket_of(table, key_of(table, entry));
	link->next_in_bucket = *bucket;
	*bucket = link;
	append(table, link);
	table->count++;
	return 0;
}

bool table_push(struct table *table, void *entry)
{
	bool is_full = table_is_full(table);

	if (is_full)
		table_remove(table, table_oldest(table));
	table_insert(table, entry);
	return is_full;
}

void table_touch(struct table *table, void *entry)
{
	struct table_link *link = entry;
	if (link == table->newest)
		return;
	detach(table, link);
	append(table, link);
}

void table_remove(struct table *table, void *entry)
{
	struct table_link *link = entry;
	struct table_link **at = bucket_of(table, key_of(table, entry));
	while (*at != link)
		at = &(*at)->next_in_bucket;
	*at = link->next_in_bucket;
	detach(table, link);
	table->count--;
	if (table->free_entry)
		table->free_entry(entry);
}

void *table_oldest(const struct table *table)
{
	return table->oldest;
}

void *table_newer(const void *entry)
{
	return ((const struct table_link *)entry)->newer;
}

void *table_newest(const struct table *table)
{
	return table->newest;
}

void *table_older(const void *entry)
{
	return ((const struct table_link *)entry)->older;
}

size_t table_count(const struct table *table)
{
	return table->count;
}

bool table_is_full(const struct table *table)
{
	return table->count >= table->capacity;
}
