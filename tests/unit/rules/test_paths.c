// SPDX-License-Identifier: GPL-2.0-only
#include "rules/paths.h"

#include "support/test.h"

static void test_plain(void **state)
{
	static const struct {
		const char *path;
		const char *plain;
	} cases[] = {
		{"/tmp/x.pl", "/tmp/x.pl"},
		{"//tmp///x.pl", "/tmp/x.pl"},
		{"/var/www/../../tmp/./x.pl", "/tmp/x.pl"},
		{"/../../tmp/x", "/tmp/x"},
		{"/tmp/", "/tmp"},
		{"/tmp/..", ""},
		{"/", ""},
		{"", ""},
		{".", ""},
		{"x.php", "x.php"},
		{"./a/../x.php", "x.php"},
		{"uploads/x.php", "uploads/x.php"},
		{"/tmp/..x/.y/...", "/tmp/..x/.y/..."},
	};
	char text[PATH_PLAIN_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(path_plain(cases[i].path, text), cases[i].plain);
}

static void test_long_paths_are_cut(void **state)
{
	static char path[4 * PATH_PLAIN_SIZE];
	char text[PATH_PLAIN_SIZE];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(path); i++)
		path[i] = i % 8 == 0 ? '/' : 'a';
	path_plain(path, text);
	assert_in_range(strlen(text), PATH_PLAIN_SIZE - 9, PATH_PLAIN_SIZE - 1);
	memset(path + 1, 'a', sizeof(path) - 2);
	assert_string_equal(path_plain(path, text), "");
}

static void test_find_above(void **state)
{
	static const char *const directories[] = {"/tmp", "/var/tmp", NULL};

	(void)state;
	assert_string_equal(path_find_above("/tmp/x", directories), "/tmp");
	assert_string_equal(path_find_above("/var//tmp/a/b", directories), "/var/tmp");
	assert_string_equal(path_find_above("/usr/../tmp/x", directories), "/tmp");
	assert_null(path_find_above("/tmpx/x", directories));
	assert_null(path_find_above("/tmp", directories));
	assert_null(path_find_above("/tmp/../usr/bin/x", directories));
	assert_null(path_find_above("/home/tmp/x", directories));
	assert_null(path_find_above("tmp/x", directories));
	assert_null(path_find_above("", directories));
}

static void test_find_folder(void **state)
{
	static const char *const names[] = {"uploads", "img", NULL};

	(void)state;
	assert_string_equal(path_find_folder("/var/www/uploads/x.php", names), "uploads");
	assert_string_equal(path_find_folder("/var/www/IMG/a/b/x.php", names), "img");
	assert_string_equal(path_find_folder("uploads/x.php", names), "uploads");
	assert_null(path_find_folder("/var/www/uploads", names));
	assert_null(path_find_folder("/var/www/uploads.php", names));
	assert_null(path_find_folder("/var/www/my-uploads/x.php", names));
	assert_null(path_find_folder("/var/www/uploads/../x.php", names));
	assert_null(path_find_folder("uploads", names));
}

static void test_of_script(void **state)
{
	struct script script = {.source = SCRIPT_SOURCE_ARGV, .path = (char *)"/tmp/x.pl"};

	(void)state;
	assert_string_equal(path_of_script(&script), "/tmp/x.pl");
	script.one_liner = true;
	assert_null(path_of_script(&script));
	script.one_liner = false;
	script.source = SCRIPT_SOURCE_CWD;
	assert_null(path_of_script(&script));
	script.source = SCRIPT_SOURCE_FPM_POOL;
	assert_null(path_of_script(&script));
	script.source = SCRIPT_SOURCE_PHP_REQUEST;
	script.path = NULL;
	assert_null(path_of_script(&script));
	assert_null(path_of_script(NULL));
}

static void test_name(void **state)
{
	(void)state;
	assert_string_equal(path_name("/usr/bin/perl"), "perl");
	assert_string_equal(path_name("perl"), "perl");
	assert_string_equal(path_name("/tmp/"), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),      cmocka_unit_test(test_long_paths_are_cut),
		cmocka_unit_test(test_find_above), cmocka_unit_test(test_find_folder),
		cmocka_unit_test(test_of_script),  cmocka_unit_test(test_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
