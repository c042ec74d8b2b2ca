// SPDX-License-Identifier: GPL-2.0-only
/* What is taken where neither PHP's request nor the process's own arguments say anything. */
#include "identity/script_finding.h"

static struct sw_script ancestor_of(const char *argv, size_t argv_size, const char *components, size_t cwd_size)
{
	struct sw_script script = {
		.source = SW_SCRIPT_ARGV,
		.flags = SW_SCRIPT_INHERITED,
		.path_size = (uint16_t)argv_size,
		.cwd_size = (uint16_t)cwd_size,
	};

	memcpy(script.path, argv, argv_size);
	memcpy(script.url, components, cwd_size);
	return script;
}

#define ANCESTOR(argv, components) ancestor_of(argv, sizeof(argv), components, sizeof(components))

static void test_ancestor_argument(void **state)
{
	struct sw_script kernel = ANCESTOR("/usr/bin/python3\0bot.py", "public_html\0shop42\0home");
	struct observation sendmail = {
		.identity = &somebody,
		.executable = "/usr/sbin/sendmail",
		ARGV("sendmail\0-t"),
		.cwd = "/home/other",
		.kernel_script = &kernel,
	};
	struct script script = find(&sendmail);

	(void)state;
	assert_int_equal(script.source, SCRIPT_SOURCE_ARGV);
	assert_text(script.path, "/home/shop42/public_html/bot.py");
	assert_text(script.site, "shop42");
	assert_true(script.inherited);
	assert_false(script.claimed || script.cut);

	kernel = ANCESTOR("-bash\0-c\0f", "shop42\0home");
	kernel.flags |= SW_SCRIPT_CLAIMED;
	script = find(&sendmail);
	assert_true(script.one_liner && script.claimed && script.inherited);
	assert_text(script.site, "shop42");

	/* Its own arguments come first. */
	sendmail.executable = "/usr/bin/perl";
	sendmail.argv = "perl\0x.pl";
	sendmail.argv_size = sizeof("perl\0x.pl");
	script = find(&sendmail);
	assert_text(script.path, "/home/other/x.pl");
	assert_false(script.inherited || script.claimed);
}

/* A script that hands a command line to a shell is the one to name, not the shell. */
static void test_ancestor_of_a_command_line(void **state)
{
	struct sw_script kernel = ANCESTOR("/usr/bin/python3\0bot.py", "public_html\0shop42\0home");
	struct observation shell = {
		.identity = &somebody,
		.executable = "/usr/bin/dash",
		ARGV("sh\0-c\0exec 3<>/dev/tcp/203.0.113.25/25"),
		.cwd = "/",
		.kernel_script = &kernel,
	};

	(void)state;
	assert_text(find(&shell).path, "/home/shop42/public_html/bot.py");
	assert_true(find(&shell).inherited);
	assert_false(find(&shell).one_liner);

	/* What another interpreter is handed is a program of its own. */
	shell.executable = "/usr/bin/python3.11";
	shell.argv = "python3\0-c\0import socket";
	shell.argv_size = sizeof("python3\0-c\0import socket");
	assert_true(find(&shell).one_liner);
	assert_false(find(&shell).inherited);
	shell.executable = "/usr/bin/dash";
	shell.argv = "sh\0-c\0f";
	shell.argv_size = sizeof("sh\0-c\0f");

	/* Where that one is a command line too, the nearer one is told. */
	kernel = ANCESTOR("-bash\0-c\0f", "shop42\0home");
	assert_true(find(&shell).one_liner);
	assert_false(find(&shell).inherited);
	assert_null(find(&shell).site);
}

static void test_ancestor_without_directory(void **state)
{
	struct sw_script kernels[] = {
		ancestor_of("perl\0x.pl", sizeof("perl\0x.pl"), "", 0),
		ANCESTOR("perl\0x.pl", "shop42\0home"),
		ancestor_of("perl\0x.pl", sizeof("perl\0x.pl"), "shop42\0home", sizeof("shop42\0home") - 1),
		ANCESTOR("perl\0x.pl", "shop42\0home"),
	};
	struct observation sendmail = {.executable = "/usr/sbin/sendmail", .cwd = "/home/other"};

	(void)state;
	kernels[1].flags |= SW_SCRIPT_CUT;
	kernels[3].cwd_size = SW_SCRIPT_URL_SIZE + 1;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		sendmail.kernel_script = &kernels[i];
		struct script script = find(&sendmail);
		assert_text(script.path, "x.pl");
		assert_null(script.site);
		assert_false(script.cut);
	}
	/* The last argument lost its end. */
	kernels[1].path_size -= 2;
	sendmail.kernel_script = &kernels[1];
	assert_text(find(&sendmail).path, "x.p");
	assert_true(find(&sendmail).cut);
}

static void test_ancestor_that_says_nothing(void **state)
{
	struct sw_script kernels[] = {
		ANCESTOR("/usr/sbin/httpd\0/tmp/x", ""),
		ANCESTOR("bash", ""),
		ANCESTOR("", ""),
		ancestor_of("", 0, "", 0),
		ANCESTOR("perl\0x", ""),
		ANCESTOR("perl\0x", ""),
		ANCESTOR("perl\0x", ""),
	};
	struct observation sendmail = {.executable = "/usr/sbin/sendmail"};

	(void)state;
	kernels[4].source = SW_SCRIPT_NONE;
	kernels[5].source = 77;
	kernels[6].path_size = SW_SCRIPT_PATH_SIZE + 1;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		sendmail.kernel_script = &kernels[i];
		assert_nothing(&sendmail);
	}
}

static void test_pool(void **state)
{
	struct observation worker = worker_of(NULL);
	struct script script = find(&worker);

	(void)state;
	assert_int_equal(script.source, SCRIPT_SOURCE_FPM_POOL);
	assert_text(script.pool, "shop42");
	assert_null(script.path);
	assert_text(script.site, "shop42");
	worker.argv_size--;
	assert_text(find(&worker).pool, "shop42");
	worker.argv = "php-fpm: pool a\nb\0\0\0";
	worker.argv_size = sizeof("php-fpm: pool a\nb\0\0\0");
	assert_text(find(&worker).pool, "a\nb");
	worker.cwd = NULL;
	assert_null(find(&worker).site);

	/* The title is anybody's who can run perl. */
	worker.executable = "/usr/bin/perl";
	assert_nothing(&worker);
}

static void test_directory(void **state)
{
	struct observation worker = worker_of(NULL);
	struct sw_identity cut = somebody;

	(void)state;
	cut.flags = SW_IDENTITY_CWD_CUT;
	static const char *const titles[] = {"php-fpm: master process (/etc/php-fpm.conf)", "php-fpm: pool ", ""};
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		worker.argv = titles[i];
		worker.argv_size = strlen(titles[i]) + 1;
		struct script script = find(&worker);
		assert_int_equal(script.source, SCRIPT_SOURCE_CWD);
		assert_text(script.path, "/home/shop42/public_html");
		assert_text(script.site, "shop42");
		assert_null(script.pool);
	}
	worker.argv = NULL;
	worker.argv_size = 0;
	worker.cwd = "/home/shop42";
	assert_text(find(&worker).site, "shop42");
	worker.identity = &cut;
	assert_nothing(&worker);
	worker.identity = &somebody;
	worker.cwd = "relative";
	assert_nothing(&worker);
	worker.cwd = NULL;
	assert_nothing(&worker);
	worker.cwd = "/home/shop42";
	worker.executable = "/usr/sbin/apache2";
	assert_nothing(&worker);
	worker.executable = NULL;
	assert_nothing(&worker);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ancestor_argument),
		cmocka_unit_test(test_ancestor_of_a_command_line),
		cmocka_unit_test(test_ancestor_without_directory),
		cmocka_unit_test(test_ancestor_that_says_nothing),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_directory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("scripts_fallback", tests, set_up, tear_down);
}
