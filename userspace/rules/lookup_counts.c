// SPDX-License-Identifier: GPL-2.0-only
#include "rules/lookup_counts.h"

#include <stddef.h>
#include <stdlib.h>

#define COUNTERS_MAX 4096

struct lookup_counts {
	struct table *table;
	uint64_t forgotten;
};

struct lookup_counts *lookup_counts_new(void)
{
	_cleanup_(cleanup_lookup_counts_free) struct lookup_counts *counts = calloc(1, sizeof(*counts));
	if (!counts)
		return NULL;
	counts->table = table_new(COUNTERS_MAX, offsetof(struct lookup_count, key), sizeof(struct alert_key), free);
	return counts->table ? TAKE_PTR(counts) : NULL;
}

void lookup_counts_free(struct lookup_counts *counts)
{
	if (counts)
		table_free(counts->table);
	free(counts);
}

static struct lookup_count *add_counter(struct lookup_counts *counts, const struct alert_key *key)
{
	struct lookup_count *count = calloc(1, sizeof(*count));

	if (!count) {
		counts->forgotten++;
		return NULL;
	}
	count->key = *key;
	if (table_is_full(counts->table)) {
		table_remove(counts->table, table_oldest(counts->table));
		counts->forgotten++;
	}
	table_insert(counts->table, count);
	return count;
}

struct lookup_count *lookup_counts_add(struct lookup_counts *counts, const struct alert_key *key, uint64_t time_ns)
{
	struct lookup_count *count = table_find(counts->table, key);

	if (count)
		table_touch(counts->table, count);
	else
		count = add_counter(counts, key);
	if (!count)
		return NULL;
	rate_add(&count->all, time_ns, LOOKUP_WINDOW_NS, 1);
	rate_add(&count->untold, time_ns, LOOKUP_WINDOW_NS, 1);
	return count;
}

uint64_t lookup_counts_forgotten(const struct lookup_counts *counts)
{
	return counts->forgotten;
}
