// SPDX-License-Identifier: GPL-2.0-only
#include "view/keys.h"

#include "support/test.h"

#include "view/details.h"

#include <curses.h>

static void test_keys_of_htop_and_top(void **state)
{
	(void)state;
	assert_int_equal(keys_find('q'), ACTION_QUIT);
	assert_int_equal(keys_find(KEY_F(10) | KEY_IS_FUNCTION), ACTION_QUIT);
	assert_int_equal(keys_find(KEY_F(6) | KEY_IS_FUNCTION), ACTION_SORT);
	assert_int_equal(keys_find('\\'), ACTION_FILTER);
	assert_int_equal(keys_find('1'), ACTION_BY);
	assert_int_equal(keys_find('6'), ACTION_BY);
	assert_int_equal(keys_find('7'), ACTION_NONE);
}

/* U+0103 has the number of KEY_UP. */
static void test_a_character_is_no_function_key(void **state)
{
	(void)state;
	assert_int_equal(keys_find(KEY_UP | KEY_IS_FUNCTION), ACTION_UP);
	assert_int_equal(keys_find(KEY_UP), ACTION_NONE);
	assert_int_equal(keys_find(0), ACTION_NONE);
}

static void test_no_key_has_two_actions(void **state)
{
	(void)state;
	for (int action = 0; action < ACTION_COUNT; action++)
		for (size_t i = 0; i < KEY_CODES_MAX && keys[action].codes[i]; i++)
			assert_int_equal(keys_find(keys[action].codes[i]), action);
}

static void test_help_tells_of_every_key(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	details_write_help(out);
	assert_int_equal(fclose(out), 0);
	for (int action = 0; action < ACTION_COUNT; action++) {
		if (!keys[action].codes[0])
			continue;
		assert_non_null(keys[action].help);
		assert_non_null(strstr(text, keys[action].help));
		assert_non_null(strstr(text, keys[action].keys));
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_of_htop_and_top),
		cmocka_unit_test(test_a_character_is_no_function_key),
		cmocka_unit_test(test_no_key_has_two_actions),
		cmocka_unit_test(test_help_tells_of_every_key),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
