// SPDX-License-Identifier: GPL-2.0-only
#include "lib/path.h"

#include "lib/cleanup.h"
#include "support/test.h"

static void test_join_components(void **state)
{
	static const struct {
		const char *components;
		size_t size;
		const char *path;
	} cases[] = {
		{"smtp\0sbin\0postfix\0usr", sizeof("smtp\0sbin\0postfix\0usr"), "/usr/postfix/sbin/smtp"},
		{"a", sizeof("a"), "/a"},
		{"a\nb\0c d", sizeof("a\nb\0c d"), "/c d/a\nb"},
		{"", sizeof(""), "/"},
		{"\0\0", sizeof("\0\0"), "///"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *components = malloc(cases[i].size);
		_cleanup_free_ char *path = malloc(cases[i].size + 2);

		memcpy(components, cases[i].components, cases[i].size);
		path_join_components(components, cases[i].size, path);
		assert_string_equal(path, cases[i].path);
	}
}

static void test_resolve(void **state)
{
	static const struct {
		const char *directory;
		const char *path;
		const char *resolved; /* NULL: it is not */
	} cases[] = {
		{NULL, "/a/b", "/a/b"},
		{"/x", "/a/b", "/a/b"},
		{"x", "/a", "/a"},
		{"/x", "a", "/x/a"},
		{"/x/", "a/", "/x/a"},
		{"/", "a", "/a"},
		{"/x/y", "../a", "/x/a"},
		{"/x/y", "../../../../a", "/a"},
		{"/x", "..", "/"},
		{"/x", ".", "/x"},
		{"/x", "", "/x"},
		{"//x//./y", "./a//b/./c/../d", "/x/y/a/b/d"},
		{"/x/../y", "a", "/y/a"},
		{NULL, "/", "/"},
		{NULL, "///", "/"},
		{NULL, "/..", "/"},
		{NULL, "/../a", "/a"},
		{NULL, "/a/...", "/a/..."},
		{NULL, "/a/..b/.c", "/a/..b/.c"},
		{NULL, "/a\n/\xff/\x1b", "/a\n/\xff/\x1b"},
		{NULL, "a", NULL},
		{NULL, "", NULL},
		{"", "a", NULL},
		{"x", "a", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char path[64] = "untouched";
		size_t size = strlen(cases[i].path);
		_cleanup_free_ char *copy = malloc(size + 1);

		memcpy(copy, cases[i].path, size);
		copy[size] = 'x'; /* the size ends it, and no NUL */
		if (path_resolve(cases[i].directory, copy, size, path, sizeof(path)) != (cases[i].resolved != NULL))
			fail_msg("\"%s\" of \"%s\"", cases[i].path, cases[i].directory);
		if (cases[i].resolved)
			assert_string_equal(path, cases[i].resolved);
	}
}

static void test_resolve_is_bounded(void **state)
{
	(void)state;
	for (size_t size = 0; size < 8; size++) {
		_cleanup_free_ char *path = malloc(size + 1);

		path[size] = '#';
		assert_int_equal(path_resolve("/a/b", "cd", 2, path, size), size >= sizeof("/a/b/cd"));
		assert_int_equal(path_resolve(NULL, "/", 1, path, size), size >= sizeof("/"));
		assert_int_equal(path[size], '#');
	}
}

static void test_file_name(void **state)
{
	(void)state;
	assert_string_equal(path_file_name("/usr/bin/perl"), "perl");
	assert_string_equal(path_file_name("perl"), "perl");
	assert_string_equal(path_file_name("/usr/"), "");
	assert_string_equal(path_file_name(""), "");
}

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_long_paths_are_cut),
		cmocka_unit_test(test_find_above),
		cmocka_unit_test(test_find_folder),
		cmocka_unit_test(test_join_components),
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_resolve_is_bounded),
		cmocka_unit_test(test_file_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
