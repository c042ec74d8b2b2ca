// SPDX-License-Identifier: GPL-2.0-only
#include "lib/copy.h"

#include "lib/cleanup.h"
#include "support/test.h"

struct note {
	int number;
	char *first;
	char *second;
	char *third;
};

static const size_t offsets[] = {offsetof(struct note, first), offsetof(struct note, second),
				 offsetof(struct note, third)};

static void test_copy(void **state)
{
	char first[] = "one";
	char third[] = "";
	const struct note note = {.number = 7, .first = first, .third = third};
	_cleanup_free_ struct note *copy = copy_with_texts(&note, sizeof(note), offsets, ARRAY_SIZE(offsets));

	(void)state;
	assert_non_null(copy);
	first[0] = 'x';
	assert_int_equal(copy->number, 7);
	assert_string_equal(copy->first, "one");
	assert_null(copy->second);
	assert_string_equal(copy->third, "");
	assert_ptr_not_equal(copy->third, third);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_copy)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
