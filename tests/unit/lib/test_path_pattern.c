// SPDX-License-Identifier: GPL-2.0-only
#include "lib/path_pattern.h"

#include "support/test.h"

#define NO_PATH "it is an absolute path with {site} in place of the name, like /srv/sites/{site}"
#define NO_SITE "{site} has to stand in place of the site's name"
#define NO_COMPONENT "it has no empty component, no . and no .."
#define NO_PART "{site} is a component of its own"

static void test_check(void **state)
{
	static const char *const cases[][2] = {
		{"/{site}", NULL},
		{"/srv/*/{site}", NULL},
		{"/srv/{site}/{site}", NULL},
		{"/srv/[a-z]?x*/{site}/files", NULL},
		{"", NO_PATH},
		{"srv/{site}", NO_PATH},
		{"/srv/*", NO_SITE},
		{"/srv/{name}", NO_SITE},
		{"/", NO_COMPONENT},
		{"//{site}", NO_COMPONENT},
		{"/{site}/", NO_COMPONENT},
		{"/./{site}", NO_COMPONENT},
		{"/../{site}", NO_COMPONENT},
		{"/srv/www-{site}", NO_PART},
		{"/srv/{site}.d", NO_PART},
		{"/srv/{site}{site}", NO_PART},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *problem = path_pattern_check(cases[i][0]);

		if (!cases[i][1])
			assert_null(problem);
		else
			assert_string_equal(problem, cases[i][1]);
	}
}

static void test_long_components(void **state)
{
	char pattern[300] = "/{site}/";
	size_t length = strlen(pattern);
	char path[600] = "/shop/";
	char site[16];

	(void)state;
	memset(pattern + length, 'a', 255);
	memset(path + strlen(path), 'a', 255);
	strcat(path, "/x");
	assert_null(path_pattern_check(pattern));
	assert_true(path_pattern_match(pattern, path, false, site, sizeof(site)));
	assert_string_equal(site, "shop");
	pattern[length + 255] = 'a';
	assert_string_equal(path_pattern_check(pattern), "a component has at most 255 bytes");
	memset(path + strlen("/shop/"), 'a', 500);
	assert_false(path_pattern_match("/{site}/*", path, false, site, sizeof(site)));
}

static void test_match(void **state)
{
	static const struct {
		const char *pattern;
		const char *path;
		bool is_directory;
		const char *site; /* NULL: it does not match */
	} cases[] = {
		{"/srv/{site}", "/srv/shop/x.php", false, "shop"},
		{"/srv/{site}", "/srv/shop/a/b/x.php", false, "shop"},
		{"/srv/{site}", "/srv/x.php", false, NULL},
		{"/srv/{site}", "/srv/shop", true, "shop"},
		{"/srv/{site}", "/srv/shop/a", true, "shop"},
		{"/srv/{site}", "/srv", true, NULL},
		{"/srv/{site}", "/", true, NULL},
		{"/srv/{site}", "", true, NULL},
		{"/srv/{site}", "/srvx/shop/x.php", false, NULL},
		{"/srv/{site}", "/a/srv/shop/x.php", false, NULL},
		{"/srv/*/{site}", "/srv/a/shop/x.php", false, "shop"},
		{"/srv/*/{site}", "/srv/shop/x.php", false, NULL},
		{"/srv/w?[0-9]/{site}", "/srv/wx1/shop/x.php", false, "shop"},
		{"/srv/w?[0-9]/{site}", "/srv/wxy/shop/x.php", false, NULL},
		{"/srv/{site}/{site}", "/srv/client1/web2/x.php", false, "client1/web2"},
		{"/srv/{site}/{site}", "/srv/client1/x.php", false, NULL},
		{"/srv/{site}/web", "/srv/shop/web/x.php", false, "shop"},
		{"/srv/{site}/web", "/srv/shop/data/x.php", false, NULL},
		{"/srv/{site}", "/srv/a\nb\xff/x.php", false, "a\nb\xff"},
		{"/srv/{site}", "/srv/0123456789abcde/x.php", false, "0123456789abcde"},
		{"/srv/{site}", "/srv/0123456789abcdef/x.php", false, NULL},
		{"/srv/{site}/{site}", "/srv/01234567/9abcdef/x.php", false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char site[16];
		bool matches =
			path_pattern_match(cases[i].pattern, cases[i].path, cases[i].is_directory, site, sizeof(site));

		if (matches != (cases[i].site != NULL))
			fail_msg("%s and %s", cases[i].pattern, cases[i].path);
		if (matches)
			assert_string_equal(site, cases[i].site);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_long_components),
		cmocka_unit_test(test_match),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("path_pattern", tests, NULL, NULL);
}
