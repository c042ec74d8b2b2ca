// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fingerprint.h"

#include "lib/hash.h"

#include <string.h>

#define NO_TEXT UINT64_MAX /* stands where a size would, and is none */
#define FACTOR_BITS 0x9e3779b97f4a7c15ULL
#define OTHER_BITS 0xd1b54a32d192ed03ULL /* also without randomness the halves differ */

/* Of this run; 0: not drawn yet. Two that know nothing of each other, or the second half would add nothing. */
static struct fingerprint start;

void fingerprint_repeat(void)
{
	start = (struct fingerprint){.low = 0x243f6a8885a308d3ULL, .high = 0x13198a2e03707344ULL}; /* of pi */
}

bool fingerprint_resume(const struct fingerprint *secret)
{
	if (start.low != 0 || secret->low == 0)
		return false;
	start = *secret;
	return true;
}

struct fingerprint fingerprint_begin(void)
{
	if (start.low == 0)
		start = (struct fingerprint){.low = hash_seed(), .high = hash_seed() ^ OTHER_BITS};
	return start;
}

static void add_word(struct fingerprint *fingerprint, uint64_t word)
{
	fingerprint->low = hash_multiply_and_fold(fingerprint->low ^ word, start.low ^ FACTOR_BITS);
	fingerprint->high = hash_multiply_and_fold(fingerprint->high ^ word, start.high ^ FACTOR_BITS);
}

/* The size comes last: so that from the end on each part says where it begins, and so that a last word, in which many
 * texts and all numbers differ, is folded twice. */
void fingerprint_add(struct fingerprint *fingerprint, const void *bytes, size_t size)
{
	struct fingerprint sum = *fingerprint; /* in registers */
	const uint8_t *at = bytes;
	size_t left = size;
	uint64_t word;

	for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		add_word(&sum, word);
	}
	if (left > 0) {
		word = 0;
		memcpy(&word, at, left);
		add_word(&sum, word);
	}
	add_word(&sum, size);
	*fingerprint = sum;
}

void fingerprint_add_number(struct fingerprint *fingerprint, uint64_t number)
{
	fingerprint_add(fingerprint, &number, sizeof(number));
}

void fingerprint_add_text(struct fingerprint *fingerprint, const char *text)
{
	if (text)
		fingerprint_add(fingerprint, text, strlen(text));
	else
		add_word(fingerprint, NO_TEXT);
}
