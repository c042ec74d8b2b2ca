// SPDX-License-Identifier: GPL-2.0-only
#include "recorded/words.h"

#include <string.h>

#define SLOTS 1024 /* more than twice as many as there are words; a power of two */
#define SLOT_BITS 10

/* The beginning and the end of a text, which together are all of it up to 16 bytes. */
struct ends {
	uint64_t first;
	uint64_t last;
};

struct word {
	struct ends ends;
	const char *text; /* NULL: the slot is free */
	uint32_t size;
	uint16_t which;
	int16_t value;
};

struct words {
	struct word slots[SLOTS];
};

/* Loads of constant size, which overlap where the text is shorter than both: of the texts there are, most. */
static struct ends ends_of(const char *text, size_t size)
{
	struct ends ends = {0};
	uint32_t four;

	if (size >= sizeof(ends.first)) {
		memcpy(&ends.first, text, sizeof(ends.first));
		memcpy(&ends.last, text + size - sizeof(ends.last), sizeof(ends.last));
	} else if (size >= sizeof(four)) {
		memcpy(&four, text, sizeof(four));
		ends.first = four;
		memcpy(&four, text + size - sizeof(four), sizeof(four));
		ends.last = four;
	} else if (size > 0) {
		ends.first = (uint8_t)text[0];
		ends.last = (uint64_t)(uint8_t)text[size / 2] << 8 | (uint8_t)text[size - 1];
	}
	return ends;
}

static size_t slot_of(const struct ends *ends, unsigned int which, size_t size)
{
	uint64_t hash = (ends->first ^ which) * 0x9e3779b97f4a7c15ULL;

	hash = (hash ^ ends->last ^ size << 32) * 0xd6e8feb86659fd93ULL;
	return hash >> (64 - SLOT_BITS);
}

static bool is_word(const struct word *word, const struct ends *ends, unsigned int which, const char *text, size_t size)
{
	return word->ends.first == ends->first && word->ends.last == ends->last && word->size == size &&
	       word->which == which && (size <= 2 * sizeof(ends->first) || memcmp(word->text, text, size) == 0);
}

static void add(struct words *words, unsigned int which, const char *text, size_t value)
{
	const struct ends ends = ends_of(text, strlen(text));
	size_t slot = slot_of(&ends, which, strlen(text));

	while (words->slots[slot].text)
		slot = (slot + 1) % SLOTS;
	words->slots[slot] = (struct word){
		.ends = ends,
		.text = text,
		.size = (uint32_t)strlen(text),
		.which = (uint16_t)which,
		.value = (int16_t)value,
	};
}

struct words *words_new(void)
{
	struct words *words = calloc(1, sizeof(*words));

	if (!words)
		return NULL;
	for (size_t i = 0; i < recorded_field_count; i++)
		add(words, section_object(recorded_fields[i].section), recorded_fields[i].name, i);
	for (int list = 0; list < LIST_COUNT; list++)
		for (uint32_t value = 0; value < name_list_size((enum name_list)list); value++)
			add(words, WORDS_OF_LIST(list), name_list_name((enum name_list)list, value), value);
	return words;
}

void words_free(struct words *words)
{
	free(words);
}

int words_find(const struct words *words, unsigned int which, const char *text, size_t size)
{
	const struct ends ends = ends_of(text, size);
	size_t slot = slot_of(&ends, which, size);

	while (words->slots[slot].text && !is_word(&words->slots[slot], &ends, which, text, size))
		slot = (slot + 1) % SLOTS;
	return words->slots[slot].text ? words->slots[slot].value : -1;
}
