// SPDX-License-Identifier: GPL-2.0-only
#include "lib/fingerprint.h"

#include "support/test.h"

#include <stdbool.h>

#include <stdlib.h>

/* What a case adds. */
struct part {
	const char *text; /* of BYTES, which has a size, and of TEXT */
	size_t size;
	uint64_t number;
	enum { NOTHING, BYTES, TEXT, NUMBER } kind;
};

static struct fingerprint fingerprint_of(const struct part *parts, size_t count)
{
	struct fingerprint fingerprint = fingerprint_begin();

	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind == BYTES)
			fingerprint_add(&fingerprint, parts[i].text, parts[i].size);
		if (parts[i].kind == TEXT)
			fingerprint_add_text(&fingerprint, parts[i].text);
		if (parts[i].kind == NUMBER)
			fingerprint_add_number(&fingerprint, parts[i].number);
	}
	return fingerprint;
}

static bool are_equal(struct fingerprint left, struct fingerprint right)
{
	return memcmp(&left, &right, sizeof(left)) == 0;
}

/* No two of them say the same, so no two have a half in common. */
static void test_different(void **state)
{
	static const struct part cases[][3] = {
		{{.kind = NOTHING}},
		{{.kind = TEXT, .text = NULL}},
		{{.kind = TEXT, .text = NULL}, {.kind = TEXT, .text = NULL}},
		{{.kind = TEXT, .text = ""}},
		{{.kind = TEXT, .text = ""}, {.kind = TEXT, .text = ""}},
		{{.kind = TEXT, .text = ""}, {.kind = TEXT, .text = NULL}},
		{{.kind = TEXT, .text = NULL}, {.kind = TEXT, .text = ""}},
		{{.kind = TEXT, .text = "ab"}, {.kind = TEXT, .text = "c"}},
		{{.kind = TEXT, .text = "a"}, {.kind = TEXT, .text = "bc"}},
		{{.kind = TEXT, .text = "abc"}},
		{{.kind = TEXT, .text = "abd"}},
		{{.kind = TEXT, .text = "c"}, {.kind = TEXT, .text = "ab"}},
		{{.kind = TEXT, .text = "01234567"}, {.kind = TEXT, .text = "89abcdef"}},
		{{.kind = TEXT, .text = "0123456789abcdef"}},
		{{.kind = TEXT, .text = "0123456789abcdeg"}},
		{{.kind = TEXT, .text = "1123456789abcdef"}},
		{{.kind = TEXT, .text = "0123456789abcde"}},
		{{.kind = BYTES, .text = "\0", .size = 1}},
		{{.kind = BYTES, .text = "\0", .size = 2}},
		{{.kind = BYTES, .text = "\0\0\0\0\0\0\0", .size = 7}},
		{{.kind = NUMBER, .number = 0}},
		{{.kind = NUMBER, .number = 0}, {.kind = NUMBER, .number = 0}},
		{{.kind = BYTES, .text = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", .size = 16}},
		{{.kind = NUMBER, .number = 1}},
		{{.kind = NUMBER, .number = 1}, {.kind = NUMBER, .number = 2}},
		{{.kind = NUMBER, .number = 2}, {.kind = NUMBER, .number = 1}},
		{{.kind = NUMBER, .number = UINT64_MAX}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fingerprint left = fingerprint_of(cases[i], 3);
		assert_true(are_equal(left, fingerprint_of(cases[i], 3)));
		for (size_t j = 0; j < i; j++) {
			struct fingerprint right = fingerprint_of(cases[j], 3);
			assert_true(left.low != right.low);
			assert_true(left.high != right.high);
		}
	}
}

static void test_text_is_its_bytes(void **state)
{
	struct fingerprint text = fingerprint_begin();
	struct fingerprint bytes = fingerprint_begin();

	(void)state;
	fingerprint_add_text(&text, "mail.example.org");
	fingerprint_add(&bytes, "mail.example.org", strlen("mail.example.org"));
	assert_true(are_equal(text, bytes));
	fingerprint_add_text(&text, "");
	fingerprint_add(&bytes, NULL, 0);
	assert_true(are_equal(text, bytes));
}

/* Two starts that are alike would make one hash of the two. */
static void test_the_halves_are_independent(void **state)
{
	struct fingerprint fingerprint = fingerprint_begin();

	(void)state;
	assert_int_not_equal(fingerprint.low, 0);
	assert_true(fingerprint.low != fingerprint.high);
	for (uint64_t i = 0; i < 1000; i++) {
		fingerprint_add_number(&fingerprint, i);
		assert_true(fingerprint.low != fingerprint.high);
	}
}

/* Each bit of what goes in turns each bit that comes out in about half of all cases: 8 standard errors of 4096 throws
 * around it, which one of 16384 pairs leaves less than once in 10^10 runs. */
static void test_bits_are_evenly_spread(void **state)
{
	enum { THROWS = 4096, DEVIATION = 8 * 32 };
	unsigned int seed = 20260725;

	(void)state;
	for (unsigned int in = 0; in < 64; in++) {
		unsigned int turned[128] = {0};
		for (unsigned int i = 0; i < THROWS; i++) {
			uint64_t number = (uint64_t)rand_r(&seed) << 32 ^ (uint64_t)rand_r(&seed);
			struct fingerprint left = fingerprint_begin();
			struct fingerprint right = fingerprint_begin();

			fingerprint_add_number(&left, number);
			fingerprint_add_number(&right, number ^ 1ULL << in);
			for (unsigned int out = 0; out < 64; out++) {
				turned[out] += (unsigned int)((left.low ^ right.low) >> out & 1);
				turned[64 + out] += (unsigned int)((left.high ^ right.high) >> out & 1);
			}
		}
		for (unsigned int out = 0; out < 128; out++)
			assert_in_range(turned[out], THROWS / 2 - DEVIATION, THROWS / 2 + DEVIATION);
	}
}

static int compare_halves(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

/* Of 200,000 neighbours no two share a half: by chance they do in one of 10^9 runs. */
static void test_no_collisions(void **state)
{
	enum { COUNT = 200000 };
	uint64_t *lows = calloc(COUNT, sizeof(*lows));
	uint64_t *highs = calloc(COUNT, sizeof(*highs));

	(void)state;
	assert_non_null(lows);
	assert_non_null(highs);
	for (uint64_t i = 0; i < COUNT; i++) {
		struct fingerprint fingerprint = fingerprint_begin();
		fingerprint_add_number(&fingerprint, i);
		lows[i] = fingerprint.low;
		highs[i] = fingerprint.high;
	}
	qsort(lows, COUNT, sizeof(*lows), compare_halves);
	qsort(highs, COUNT, sizeof(*highs), compare_halves);
	for (size_t i = 1; i < COUNT; i++) {
		assert_true(lows[i] != lows[i - 1]);
		assert_true(highs[i] != highs[i - 1]);
	}
	free(lows);
	free(highs);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_different),
		cmocka_unit_test(test_text_is_its_bytes),
		cmocka_unit_test(test_the_halves_are_independent),
		cmocka_unit_test(test_bits_are_evenly_spread),
		cmocka_unit_test(test_no_collisions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
