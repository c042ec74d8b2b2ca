// SPDX-License-Identifier: GPL-2.0-only
#include "lib/getopt_tables.h"

#include "support/test.h"

static void test_tables(void **state)
{
	struct getopt_tables tables;

	(void)state;
	getopt_tables_begin(&tables);
	assert_string_equal(tables.letters, ":");
	assert_null(tables.names[0].name);
	getopt_tables_add(&tables, "count", 'n', true, 256);
	getopt_tables_add(&tables, "last", 'n', true, 257);
	getopt_tables_add(&tables, "json", 0, false, 258);
	getopt_tables_add(&tables, "help", 'h', false, 259);
	assert_string_equal(tables.letters, ":n:h");
	assert_string_equal(tables.names[1].name, "last");
	assert_int_equal(tables.names[1].val, 257);
	assert_int_equal(tables.names[1].has_arg, required_argument);
	assert_int_equal(tables.names[3].has_arg, no_argument);
	assert_null(tables.names[4].name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("getopt_tables", tests, NULL, NULL);
}
