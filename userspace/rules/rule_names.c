// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of rules are kept once and for good: what is behind an alert may outlive the rule, and is compared by address.
 * Only rule files bring names, so what is kept is bounded by what an administrator writes.
 */
#include "rules/rule_set.h"

#include "lib/fingerprint.h"

#include <string.h>

#define FIRST_BUCKETS 64 /* a power of two */

struct kept_name {
	struct kept_name *next;
	uint64_t hash;
	char text[];
};

static struct kept_name **buckets;
static size_t bucket_count;
static size_t name_count;

static uint64_t hash_of(const char *text)
{
	struct fingerprint fingerprint = fingerprint_begin();

	fingerprint_add_text(&fingerprint, text);
	return fingerprint.low;
}

/* Makes room before it is crowded. False: no memory. */
static bool grow(void)
{
	size_t count = bucket_count ? 2 * bucket_count : FIRST_BUCKETS;

	if (name_count < bucket_count)
		return true;
	struct kept_name **grown = calloc(count, sizeof(struct kept_name *));
	if (!grown)
		return bucket_count > 0;
	for (size_t i = 0; i < bucket_count; i++) {
		while (buckets[i]) {
			struct kept_name *name = buckets[i];

			buckets[i] = name->next;
			name->next = grown[name->hash & (count - 1)];
			grown[name->hash & (count - 1)] = name;
		}
	}
	free(buckets);
	buckets = grown;
	bucket_count = count;
	return true;
}

const char *rule_name(const char *text)
{
	uint64_t hash = hash_of(text);
	size_t size = strlen(text) + 1;

	if (!grow())
		return NULL;
	struct kept_name **bucket = &buckets[hash & (bucket_count - 1)];
	for (const struct kept_name *name = *bucket; name; name = name->next)
		if (name->hash == hash && strcmp(name->text, text) == 0)
			return name->text;
	struct kept_name *name = malloc(sizeof(*name) + size);
	if (!name)
		return NULL;
	name->hash = hash;
	name->next = *bucket;
	memcpy(name->text, text, size);
	*bucket = name;
	name_count++;
	return name->text;
}
