// SPDX-License-Identifier: GPL-2.0-only
#include "support/test.h"

#include <smtpwatch/script.h>

static void test_file_path(void **state)
{
	struct script script = {.source = SCRIPT_SOURCE_ARGV, .path = (char *)"/tmp/x.pl"};

	(void)state;
	assert_string_equal(script_file_path(&script), "/tmp/x.pl");
	script.one_liner = true;
	assert_null(script_file_path(&script));
	script.one_liner = false;
	script.source = SCRIPT_SOURCE_CWD;
	assert_null(script_file_path(&script));
	script.source = SCRIPT_SOURCE_FPM_POOL;
	assert_null(script_file_path(&script));
	script.source = SCRIPT_SOURCE_PHP_REQUEST;
	script.path = NULL;
	assert_null(script_file_path(&script));
	assert_null(script_file_path(NULL));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_file_path)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("script", tests, NULL, NULL);
}
