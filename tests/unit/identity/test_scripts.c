// SPDX-License-Identifier: GPL-2.0-only
#include "identity/scripts.h"

#include "identity/script_finding.h"
#include "identity/script_on_disk.h"
#include "support/processes.h"

static void test_request(void **state)
{
	struct sw_script request = request_of("/home/shop42/public_html/x.php", "/x.php/a?token=secret&b");
	struct observation worker = worker_of(&request);
	struct script script = find(&worker);

	(void)state;
	assert_int_equal(script.source, SCRIPT_SOURCE_PHP_REQUEST);
	assert_text(script.path, "/home/shop42/public_html/x.php");
	assert_text(script.url, "/x.php/a");
	assert_text(script.method, "GET");
	assert_text(script.site, "shop42");
	assert_null(script.pool);
	assert_false(script.inherited || script.claimed || script.one_liner || script.deleted || script.cut);
	assert_int_equal(script.references, 0);

	request.source = SW_SCRIPT_PROBE;
	request.flags = SW_SCRIPT_CLAIMED;
	request.method[0] = request.url[0] = '\0';
	script = find(&worker);
	assert_int_equal(script.source, SCRIPT_SOURCE_PHP_PROBE);
	assert_true(script.claimed);
	assert_null(script.url);
	assert_null(script.method);
}

static void test_query(void **state)
{
	_cleanup_(cleanup_script_finder_free) struct script_finder *open = script_finder_new(NULL, 0, true);
	static const char *const urls[][2] = {
		{"/a?b=c", "/a"}, {"/a?", "/a"}, {"?b", NULL}, {"/a#b", "/a#b"}, {"/a?b?c", "/a"},
	};
	struct script script;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		struct sw_script request = request_of("/x.php", urls[i][0]);
		struct observation worker = worker_of(&request);

		script = find(&worker);
		assert_text(script.url, urls[i][1]);
		assert_true(script_find(open, &worker, &script));
		assert_text(script.url, urls[i][0]);
	}
}

/* What did not fit is told, if it is shown at all. */
static void test_cut_request(void **state)
{
	struct sw_script request = request_of("/x.php", "/a?b");
	struct observation worker = worker_of(&request);
	struct script script;

	(void)state;
	request.flags = SW_SCRIPT_CUT;
	assert_false(find(&worker).cut);
	request.url[2] = '\0';
	assert_true(find(&worker).cut);
	memset(request.path + 1, 'a', sizeof(request.path) - 2);
	strcpy(request.url, "/a?b");
	assert_true(find(&worker).cut);

	/* Without any NUL. */
	memset(request.path + 1, 'a', sizeof(request.path) - 1);
	memset(request.url, 'b', sizeof(request.url));
	memset(request.method, 'c', sizeof(request.method));
	script = find(&worker);
	assert_int_equal(strlen(script.path), SW_SCRIPT_PATH_SIZE);
	assert_int_equal(strlen(script.url), SW_SCRIPT_URL_SIZE);
	assert_int_equal(strlen(script.method), SW_SCRIPT_METHOD_SIZE);
	assert_true(script.cut);
}

static void test_relative_request(void **state)
{
	struct sw_script request = request_of("../cron/x.php", "");
	struct observation worker = worker_of(&request);
	struct sw_identity cut = somebody;
	struct script script = find(&worker);

	(void)state;
	assert_text(script.path, "/home/shop42/cron/x.php");
	assert_text(script.site, "shop42");
	cut.flags = SW_IDENTITY_CWD_CUT;
	worker.identity = &cut;
	script = find(&worker);
	assert_text(script.path, "../cron/x.php");
	assert_null(script.site);
	worker.identity = &somebody;
	worker.cwd = NULL;
	assert_text(find(&worker).path, "../cron/x.php");

	/* The directory is not the ancestor's. */
	worker.cwd = "/home/shop42";
	request.flags = SW_SCRIPT_INHERITED;
	script = find(&worker);
	assert_text(script.path, "../cron/x.php");
	assert_null(script.site);
	assert_true(script.inherited);
}

/* The page that started it says more than what it started. */
static void test_inherited_request_wins(void **state)
{
	struct sw_script request = request_of("/home/shop42/public_html/x.php", "/x.php");
	struct observation perl = {
		.identity = &somebody,
		.actor = somebody.key,
		.executable = "/usr/bin/perl",
		ARGV("perl\0/tmp/x"),
		.cwd = "/",
		.kernel_script = &request,
	};

	(void)state;
	request.flags = SW_SCRIPT_INHERITED;
	struct script script = find(&perl);
	assert_int_equal(script.source, SCRIPT_SOURCE_PHP_REQUEST);
	assert_text(script.path, "/home/shop42/public_html/x.php");
	assert_text(script.site, "shop42");
	assert_true(script.inherited);

	/* A record without path and URL is none. */
	request.path[0] = '\0';
	request.url[0] = '\0';
	script = find(&perl);
	assert_int_equal(script.source, SCRIPT_SOURCE_ARGV);
	assert_text(script.path, "/tmp/x");
	assert_null(script.url);
	assert_false(script.inherited);
}

/* In its shutdown functions a request of php-fpm has no path any more. */
static void test_request_without_path(void **state)
{
	struct sw_script request = request_of("", "/x.php");
	struct observation worker = worker_of(&request);
	struct script script = find(&worker);

	(void)state;
	assert_int_equal(script.source, SCRIPT_SOURCE_PHP_REQUEST);
	assert_null(script.path);
	assert_text(script.url, "/x.php");
	assert_text(script.site, "shop42");
	assert_false(script.deleted);
}

/* PHP's words for a program that is in no file. */
static void test_request_without_file(void **state)
{
	struct sw_script request = request_of("Standard input code", "");
	struct observation php = {
		.identity = &somebody,
		.executable = "/usr/bin/php8.2",
		ARGV("php\0-r\0mail(...);"),
		.cwd = "/home/shop42",
		.kernel_script = &request,
	};
	struct script script = find(&php);

	(void)state;
	assert_int_equal(script.source, SCRIPT_SOURCE_ARGV);
	assert_true(script.one_liner);
	assert_null(script.path);
}

static void test_own_argument(void **state)
{
	static const struct {
		struct observation observation;
		const char *path;
		const char *site;
		bool one_liner;
	} cases[] = {
		{{.executable = "/usr/bin/perl", ARGV("perl\0/tmp/x")}, "/tmp/x", NULL, false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0/tmp/x"), .cwd = "/home/shop"}, "/tmp/x", NULL, false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0x.pl"), .cwd = "/home/shop"},
		 "/home/shop/x.pl",
		 "shop",
		 false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0./a//../x.pl"), .cwd = "/srv"}, "/srv/x.pl", NULL, false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0../../../x"), .cwd = "/srv"}, "/x", NULL, false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0/home/a/../b/x")}, "/home/b/x", "b", false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0x.pl")}, "x.pl", NULL, false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0x.pl"), .cwd = ""}, "x.pl", NULL, false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0-e\0f"), .cwd = "/home/shop"}, NULL, "shop", true},
		{{.executable = "/usr/bin/perl", ARGV("perl\0-e\0f"), .cwd = "/tmp"}, NULL, NULL, true},
		{{.executable = "/usr/bin/perl", ARGV("perl\0-e\0f")}, NULL, NULL, true},
		{{.executable = "/usr/bin/python3.11", ARGV("python3\0-m\0x"), .cwd = "/var/www/a"}, NULL, "a", true},
		{{.executable = "/bin/dash", ARGV("sh\0-c\0f"), .cwd = "/"}, NULL, NULL, true},
		{{.executable = "/usr/bin/php8.2", ARGV("php\0x.php"), .cwd = "/var/www/a"},
		 "/var/www/a/x.php",
		 "a",
		 false},
		{{.executable = "/usr/bin/perl", ARGV("perl\0/home/a\nb/\x1b/x")}, "/home/a\nb/\x1b/x", "a\nb", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct observation observation = cases[i].observation;

		observation.identity = &somebody;
		observation.actor = somebody.key;
		struct script script = find(&observation);
		assert_int_equal(script.source, SCRIPT_SOURCE_ARGV);
		assert_text(script.path, cases[i].path);
		assert_text(script.site, cases[i].site);
		assert_int_equal(script.one_liner, cases[i].one_liner);
		assert_null(script.url);
		assert_false(script.inherited || script.claimed || script.cut || script.deleted);
	}
}

static void test_cut_argument(void **state)
{
	struct sw_identity cut = somebody;
	struct observation perl = {.executable = "perl", .argv = "perl\0/tmp/x", .argv_size = 11, .identity = &cut};

	(void)state;
	assert_false(find(&perl).cut);
	cut.flags = SW_IDENTITY_ARGV_CUT;
	assert_true(find(&perl).cut);
	perl.argv_size = 12;
	assert_false(find(&perl).cut);
}

/* Who can have made the executable decides what its arguments are worth. */
static void test_claimed(void **state)
{
	static const struct {
		uint32_t owner;
		uint32_t mode;
		bool claimed;
	} cases[] = {
		{0, 0100755, false}, {0, 0104755, false}, {0, 0100775, true}, {0, 0100757, true}, {1042, 0100755, true},
	};
	static const struct observation actors[] = {
		{.executable = "/tmp/perl", ARGV("perl\0/tmp/x")},
		{.executable = "/tmp/php-fpm", ARGV("php-fpm: pool www")},
		{.executable = "/tmp/php", .cwd = "/tmp"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(actors); j++) {
			struct sw_identity identity = somebody;
			struct observation actor = actors[j];

			identity.exe_owner = cases[i].owner;
			identity.exe_mode = cases[i].mode;
			actor.identity = &identity;
			assert_int_equal(find(&actor).claimed, cases[i].claimed);
			identity.flags = SW_IDENTITY_USER_NAMESPACE;
			assert_true(find(&actor).claimed);
			actor.identity = NULL;
			assert_true(find(&actor).claimed);
		}
	}
}

static void test_hostile(void **state)
{
	char letters[256];
	char directory[8192];
	struct observation actor = {.executable = "perl", .argv = letters, .argv_size = sizeof(letters)};

	(void)state;
	assert_nothing(&(struct observation){.kind = OBSERVATION_ATTEMPT});
	memset(letters, 'a', sizeof(letters));
	assert_nothing(&actor);
	actor.argv_size = 0;
	assert_nothing(&actor);

	/* A directory that no script's path fits behind. */
	memset(directory, 'd', sizeof(directory));
	directory[0] = '/';
	directory[sizeof(directory) - 1] = '\0';
	actor.argv = "perl\0x.pl";
	actor.argv_size = sizeof("perl\0x.pl");
	actor.cwd = directory;
	assert_text(find(&actor).path, "x.pl");
	actor.argv = "perl\0-e\0f";
	actor.argv_size = sizeof("perl\0-e\0f");
	assert_null(find(&actor).site);
	actor.executable = "php";
	actor.argv_size = 0;
	assert_nothing(&actor);
}

static void test_configured_sites(void **state)
{
	char pattern[] = "/srv/{site}";
	char bad[] = "/srv/*";
	_cleanup_(cleanup_script_finder_free) struct script_finder *own =
		script_finder_new((char *[]){pattern}, 1, false);
	struct observation perl = {.executable = "perl", ARGV("perl\0/srv/shop/x")};
	struct script script;

	(void)state;
	assert_true(script_find(own, &perl, &script));
	assert_text(script.site, "shop");
	assert_null(find(&perl).site);
	assert_null(script_finder_new((char *[]){pattern, bad}, 2, false));
	script_finder_free(NULL);
}

static void test_deleted(void **state)
{
	struct sw_identity identity = {.key = key_of(getpid())};
	struct sw_script request = request_of("", "");
	struct script_on_disk file = make_script("x.pl");
	struct observation perl = {.identity = &identity,
				   .actor = identity.key,
				   .executable = "perl",
				   .argv = file.argv,
				   .argv_size = file.argv_size};
	struct observation worker = worker_of(&request);

	(void)state;
	worker.actor = identity.key;
	strcpy(request.path, file.path);
	bool before = find(&perl).deleted || find(&worker).deleted;
	unlink(file.path);
	bool remembered = remembers_absence(file.path);
	bool by_argv = find(&perl).deleted;
	bool by_request = find(&worker).deleted;
	perl.executable = "node"; /* which would look for x.pl.js too */
	bool by_node = find(&perl).deleted;
	perl.executable = "perl";
	perl.actor.start_ns += 2 * NANOSECONDS_A_SECOND; /* another process by now */
	bool of_ended = find(&perl).deleted;
	identity.flags = SW_IDENTITY_ARGV_CUT;
	perl.actor = identity.key;
	perl.argv_size--;
	bool of_cut = find(&perl).deleted;
	request.flags = SW_SCRIPT_CUT;
	of_cut = of_cut || find(&worker).deleted;
	rmdir(file.directory);
	assert_false(before || by_node || of_ended || of_cut);
	SKIP_UNLESS(remembered, "the file system of /var/tmp, or the kernel, cannot say it");
	assert_true(by_argv);
	assert_true(by_request);
}

/* A relative name is not looked for: the process may have changed its directory since. */
static void test_relative_is_not_deleted(void **state)
{
	struct sw_identity identity = {.key = key_of(getpid())};
	struct sw_script request = request_of("absent.php", "");
	struct observation actor = {.identity = &identity, .actor = identity.key, .executable = "perl", .cwd = "/"};

	(void)state;
	assert_int_equal(access("/absent.php", F_OK), -1);
	actor.argv = "perl\0absent.php";
	actor.argv_size = sizeof("perl\0absent.php");
	assert_text(find(&actor).path, "/absent.php");
	assert_false(find(&actor).deleted);
	actor.kernel_script = &request;
	assert_text(find(&actor).path, "/absent.php");
	assert_false(find(&actor).deleted);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_cut_request),
		cmocka_unit_test(test_relative_request),
		cmocka_unit_test(test_inherited_request_wins),
		cmocka_unit_test(test_request_without_path),
		cmocka_unit_test(test_request_without_file),
		cmocka_unit_test(test_own_argument),
		cmocka_unit_test(test_cut_argument),
		cmocka_unit_test(test_claimed),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_configured_sites),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_relative_is_not_deleted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("scripts", tests, set_up, tear_down);
}
