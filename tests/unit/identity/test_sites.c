// SPDX-License-Identifier: GPL-2.0-only
#include "identity/sites.h"

#include "support/test.h"

#include <errno.h>

struct expectation {
	const char *path;
	const char *site; /* NULL: none */
};

static void assert_sites(const struct sites *sites, const struct expectation *expected, size_t count, bool is_directory)
{
	for (size_t i = 0; i < count; i++) {
		char site[SITE_SIZE] = "untouched";
		bool found = sites_find(sites, expected[i].path, is_directory, site);

		if (found != (expected[i].site != NULL))
			fail_msg("%s has %s", expected[i].path, found ? site : "no site");
		assert_string_equal(site, found ? expected[i].site : "untouched");
	}
}

static void test_shipped_layouts(void **state)
{
	static const struct expectation expected[] = {
		{"/home/shop42/public_html/x.php", "shop42"},
		{"/home/shop42/x.php", "shop42"},
		{"/home2/shop42/public_html/x.php", "shop42"},
		{"/home10/shop42/public_html/x.php", "shop42"},
		{"/homes/shop42/x.php", NULL},
		{"/home/example.com/public_html/x.php", "example.com"},
		{"/home/shop/web/example.com/public_html/x.php", "example.com"},
		{"/home/shop/web/x.php", "shop"},
		{"/home/shop/domains/example.com/public_html/x.php", "example.com"},
		{"/home/runcloud/webapps/blog/index.php", "blog"},
		{"/home/shop/htdocs/www.example.com/index.php", "www.example.com"},
		{"/home/forge/example.com/artisan", "example.com"},
		{"/home/forge/x.php", "forge"},
		{"/home/ploi/example.com/artisan", "example.com"},
		{"/home/1203785.cloudwaysapps.com/dgqtkqjasj/public_html/x.php", "dgqtkqjasj"},
		{"/var/www/vhosts/example.com/httpdocs/x.php", "example.com"},
		{"/var/www/vhosts/system/example.com/conf/x", "example.com"},
		{"/var/www/clients/client1/web2/web/x.php", "client1/web2"},
		{"/var/www/clients/client1/x.php", "clients"},
		{"/var/customers/webs/shop/x.php", "shop"},
		{"/www/wwwroot/example.com/x.php", "example.com"},
		{"/www/wwwroot/x.php", NULL},
		{"/var/www/html/x.php", "html"},
		{"/var/www/shop42/x.php", "shop42"},
		{"/var/www/x.php", NULL},
		{"/home/x.php", NULL},
		{"/tmp/x.php", NULL},
		{"/", NULL},
	};
	_cleanup_(cleanup_sites_free) struct sites *sites = sites_new();

	(void)state;
	assert_sites(sites, expected, ARRAY_SIZE(expected), false);
}

static void test_directories(void **state)
{
	static const struct expectation expected[] = {
		{"/home/shop42", "shop42"},
		{"/home/shop42/public_html", "shop42"},
		{"/home", NULL},
		{"/var/www/clients/client1/web2", "client1/web2"},
		{"/var/www", NULL},
		{"/", NULL},
	};
	_cleanup_(cleanup_sites_free) struct sites *sites = sites_new();

	(void)state;
	assert_sites(sites, expected, ARRAY_SIZE(expected), true);
}

/* In the order they were added, and before the shipped ones. */
static void test_added_layouts(void **state)
{
	static const struct expectation expected[] = {
		{"/srv/a/b/x.php", "b"},
		{"/srv/a/x.php", "a"},
		{"/home/shop/sites/blog/x.php", "blog"},
		{"/home/shop/web/example.com/x.php", "example.com"},
	};
	_cleanup_(cleanup_sites_free) struct sites *sites = sites_new();
	char pattern[] = "/srv/*/{site}";
	const char *problem = NULL;

	(void)state;
	assert_int_equal(sites_add(sites, pattern, &problem), 0);
	memset(pattern, 'x', sizeof(pattern) - 1);
	assert_int_equal(sites_add(sites, "/srv/{site}", &problem), 0);
	assert_int_equal(sites_add(sites, "/home/*/sites/{site}", &problem), 0);
	assert_null(problem);
	assert_sites(sites, expected, ARRAY_SIZE(expected), false);
	sites_free(NULL);
}

static void test_bad_layout(void **state)
{
	_cleanup_(cleanup_sites_free) struct sites *sites = sites_new();
	const char *problem = NULL;
	char site[SITE_SIZE];

	(void)state;
	assert_int_equal(sites_add(sites, "/srv/*", &problem), -EINVAL);
	assert_string_equal(problem, "{site} has to stand in place of the site's name");
	assert_false(sites_find(sites, "/srv/a/x.php", false, site));
}

static void test_hostile_paths(void **state)
{
	static const struct expectation expected[] = {
		{"/home/a\nb/x.php", "a\nb"},     {"/home/\xff\x1b[2J/x.php", "\xff\x1b[2J"},
		{"/home/{site}/x.php", "{site}"}, {"/home/*/x.php", "*"},
		{"home/shop/x.php", NULL},        {"", NULL},
	};
	_cleanup_(cleanup_sites_free) struct sites *sites = sites_new();
	char path[4096];
	char site[SITE_SIZE];

	(void)state;
	assert_sites(sites, expected, ARRAY_SIZE(expected), false);
	memset(path, 'a', sizeof(path));
	memcpy(path, "/home/", strlen("/home/"));
	strcpy(path + sizeof(path) - sizeof("/x.php"), "/x.php");
	assert_false(sites_find(sites, path, false, site));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_layouts), cmocka_unit_test(test_directories),
		cmocka_unit_test(test_added_layouts),   cmocka_unit_test(test_bad_layout),
		cmocka_unit_test(test_hostile_paths),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sites", tests, NULL, NULL);
}
