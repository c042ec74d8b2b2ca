// SPDX-License-Identifier: GPL-2.0-only
#include "rules/actor_counts.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct actor_count_key) == 24 + SW_SCRIPT_PATH_SIZE, "a key is compared as bytes");

struct actor_counts {
	struct table *table;
	uint64_t forgotten;
};

struct actor_counts *actor_counts_new(void)
{
	_cleanup_(cleanup_actor_counts_free) struct actor_counts *counts = calloc(1, sizeof(*counts));
	if (!counts)
		return NULL;
	counts->table =
		table_new(ACTOR_COUNTERS_MAX, offsetof(struct actor_count, key), sizeof(struct actor_count_key), free);
	return counts->table ? TAKE_PTR(counts) : NULL;
}

void actor_counts_free(struct actor_counts *counts)
{
	if (counts)
		table_free(counts->table);
	free(counts);
}

static struct actor_count_key key_of(const char *rule, const struct actor *actor, const char *running)
{
	const struct sw_actor_key *process = &actor->identity.key;
	struct actor_count_key key = {
		.rule = rule,
		.exe_inode = process->exe_inode,
		.exe_device = process->exe_device,
		.uid = process->uid,
	};
	if (actor->origin != ACTOR_ORIGIN_PROCESS)
		address_format(&actor->source.address, key.running);
	else if (running)
		memcpy(key.running, running, strnlen(running, sizeof(key.running) - 1));
	return key;
}

static struct actor_count *add(struct actor_counts *counts, const struct actor_count_key *key)
{
	struct actor_count *count = calloc(1, sizeof(*count));
	if (!count) {
		counts->forgotten++;
		return NULL;
	}
	count->key = *key;
	counts->forgotten += table_push(counts->table, count);
	return count;
}

struct actor_count *actor_counts_take(struct actor_counts *counts, const char *rule, const struct actor *actor,
				      const char *running)
{
	const struct actor_count_key key = key_of(rule, actor, running);
	struct actor_count *count = table_find(counts->table, &key);

	if (!count)
		return add(counts, &key);
	table_touch(counts->table, count);
	return count;
}

uint64_t actor_counts_forgotten(const struct actor_counts *counts)
{
	return counts->forgotten;
}
