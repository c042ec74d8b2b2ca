// SPDX-License-Identifier: GPL-2.0-only
#include "rules/said_names.h"

#include "support/test.h"

#define WINDOW 100

static void test_distinct(void **state)
{
	struct said_names names = {0};

	(void)state;
	said_names_add(&names, "a", 1, WINDOW);
	said_names_add(&names, "b", 2, WINDOW);
	said_names_add(&names, "a", 3, WINDOW);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.entries[0].text, "b");
	assert_string_equal(names.entries[1].text, "a");
}

static void test_window(void **state)
{
	struct said_names names = {0};

	(void)state;
	said_names_add(&names, "a", 1000, WINDOW);
	said_names_add(&names, "b", 1099, WINDOW);
	assert_int_equal(names.count, 2);
	said_names_add(&names, "c", 1100, WINDOW);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.entries[0].text, "b");
	said_names_add(&names, "a", 50, WINDOW); /* earlier than all: nothing is dropped for it */
	assert_int_equal(names.count, 3);
}

static void test_full(void **state)
{
	struct said_names names = {0};
	char longer[2 * SAID_NAME_SIZE];

	(void)state;
	for (unsigned int i = 0; i < 3 * SAID_NAMES_MAX; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%u", i);
		said_names_add(&names, name, 10, WINDOW);
	}
	assert_int_equal(names.count, SAID_NAMES_MAX);
	assert_string_equal(names.entries[0].text, "n16");
	assert_string_equal(names.entries[SAID_NAMES_MAX - 1].text, "n23");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	said_names_add(&names, longer, 10, WINDOW);
	longer[sizeof(longer) - 2] = 'y';
	said_names_add(&names, longer, 10, WINDOW);
	assert_string_equal(names.entries[SAID_NAMES_MAX - 2].text, "n23");
	assert_int_equal(strlen(names.entries[SAID_NAMES_MAX - 1].text), SAID_NAME_SIZE - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distinct),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_full),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("said_names", tests, NULL, NULL);
}
