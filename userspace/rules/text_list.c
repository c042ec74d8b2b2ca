// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole texts are in a hash set. Beginnings are sorted, and those that a shorter one covers are left out: of the rest
 * only the last one that is not behind a text in the order can be its beginning.
 *
 * What is in a list comes from the administrator's files, and each chain is as long as those make it, so the hash needs
 * no secret.
 */
#include "rules/text_list.h"

#include <errno.h>
#include <string.h>

#define FEW 4                             /* texts that are compared one by one */
#define HASH_FACTOR 0x9e3779b97f4a7c15ULL /* 2^64 divided by the golden ratio */

struct text_set {
	char **texts; /* owned */
	size_t count;
};

struct text_list {
	struct text_set wholes;
	struct text_set beginnings;
	size_t *lengths;  /* of the beginnings */
	uint32_t *slots;  /* 0: nothing, else a text's index + 1; NULL: there are few */
	size_t slot_mask; /* the number of slots is a power of two, at least twice that of the texts */
};

struct text_list *text_list_new(void)
{
	return calloc(1, sizeof(struct text_list));
}

static void clear_set(struct text_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->texts[i]);
	free(set->texts);
}

void text_list_free(struct text_list *list)
{
	if (!list)
		return;
	clear_set(&list->wholes);
	clear_set(&list->beginnings);
	free(list->lengths);
	free(list->slots);
	free(list);
}

int text_list_add(struct text_list *list, const char *text, bool is_beginning)
{
	struct text_set *set = is_beginning ? &list->beginnings : &list->wholes;
	_cleanup_free_ char *copy = strdup(text);
	char **grown = copy ? reallocarray(set->texts, set->count + 1, sizeof(*grown)) : NULL;

	if (!grown)
		return -ENOMEM;
	set->texts = grown;
	grown[set->count++] = TAKE_PTR(copy);
	return 0;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * HASH_FACTOR;
	return hash ^ hash >> 29;
}

static uint64_t hash_text(const char *text, size_t size)
{
	uint64_t hash = size;
	uint64_t word;

	for (; size > sizeof(word); text += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	memcpy(&word, text, size);
	return mix(mix(hash, word), hash >> 32);
}

static int fill_slots(struct text_list *list)
{
	size_t count = 2 * FEW;

	while (count < 2 * list->wholes.count)
		count *= 2;
	list->slots = calloc(count, sizeof(*list->slots));
	if (!list->slots)
		return -ENOMEM;
	list->slot_mask = count - 1;
	for (size_t i = 0; i < list->wholes.count; i++) {
		const char *text = list->wholes.texts[i];
		size_t slot = hash_text(text, strlen(text)) & list->slot_mask;

		while (list->slots[slot])
			slot = (slot + 1) & list->slot_mask;
		list->slots[slot] = (uint32_t)(i + 1);
	}
	return 0;
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Leaves out what a shorter one covers: in the order it stands somewhere behind that, and nothing else between. */
static void drop_covered(struct text_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->count; i++) {
		const char *last = kept ? set->texts[kept - 1] : NULL;

		if (last && strncmp(set->texts[i], last, strlen(last)) == 0)
			free(set->texts[i]);
		else
			set->texts[kept++] = set->texts[i];
	}
	set->count = kept;
}

int text_list_finish(struct text_list *list)
{
	struct text_set *beginnings = &list->beginnings;

	if (beginnings->count) {
		qsort(beginnings->texts, beginnings->count, sizeof(*beginnings->texts), compare_texts);
		drop_covered(beginnings);
		list->lengths = calloc(beginnings->count, sizeof(*list->lengths));
		if (!list->lengths)
			return -ENOMEM;
		for (size_t i = 0; i < beginnings->count; i++)
			list->lengths[i] = strlen(beginnings->texts[i]);
	}
	return list->wholes.count > FEW ? fill_slots(list) : 0;
}

static bool has_whole(const struct text_list *list, const char *text)
{
	if (!list->slots) {
		for (size_t i = 0; i < list->wholes.count; i++)
			if (strcmp(list->wholes.texts[i], text) == 0)
				return true;
		return false;
	}
	size_t slot = hash_text(text, strlen(text)) & list->slot_mask;
	for (; list->slots[slot]; slot = (slot + 1) & list->slot_mask)
		if (strcmp(list->wholes.texts[list->slots[slot] - 1], text) == 0)
			return true;
	return false;
}

static bool has_beginning(const struct text_list *list, const char *text)
{
	size_t low = 0;
	size_t high = list->beginnings.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(list->beginnings.texts[middle], text, list->lengths[middle]);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool text_list_has(const struct text_list *list, const char *text)
{
	return has_whole(list, text) || has_beginning(list, text);
}
