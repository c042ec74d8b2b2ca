// SPDX-License-Identifier: GPL-2.0-only
/* Command lines as the manuals have them, and as the interpreters took them that Debian has. */
#include "identity/interpreters.h"

#include "lib/cleanup.h"
#include "support/test.h"

#define ARGV(text) text, sizeof(text)
#define SCRIPT(text) text, false
#define CODE(text) text, true
#define NOTHING NULL, false

static const struct {
	const char *executable;
	const char *argv;
	size_t argv_size;
	const char *text; /* NULL: nothing is found */
	bool one_liner;
} command_lines[] = {
	{"/usr/bin/perl", ARGV("perl\0/tmp/x"), SCRIPT("/tmp/x")},
	{"/usr/bin/perl5.36.0", ARGV("/usr/bin/perl\0-w\0x.pl\0-e\0y"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-I\0/tmp\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-I/tmp\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-wI\0/tmp\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-e\0print 1\0x"), CODE("print 1")},
	{"/usr/bin/perl", ARGV("perl\0-eprint 1"), CODE("print 1")},
	{"/usr/bin/perl", ARGV("perl\0-E\0say 1\0-e\0say 2"), CODE("say 1")},
	{"/usr/bin/perl", ARGV("perl\0-ne\0print\0log"), CODE("print")},
	{"/usr/bin/perl", ARGV("perl\0-i.bak\0-pe\0s/a/b/\0log"), CODE("s/a/b/")},
	{"/usr/bin/perl", ARGV("perl\0-lane\0print"), CODE("print")},
	{"/usr/bin/perl", ARGV("perl\0-0777\0-ne\0print"), CODE("print")},
	{"/usr/bin/perl", ARGV("perl\0-Mstrict\0-wle\0print"), CODE("print")},
	{"/usr/bin/perl", ARGV("perl\0-MIO::Socket\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-F:\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-CS\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-d:NYTProfe\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-de\0print"), CODE("print")},
	{"/usr/bin/perl", ARGV("perl\0-x\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-w -t\0x.pl"), SCRIPT("x.pl")},
	{"/usr/bin/perl", ARGV("perl\0--\0-x.pl"), SCRIPT("-x.pl")},
	{"/usr/bin/perl", ARGV("perl\0-\0x.pl"), NOTHING},
	{"/usr/bin/perl", ARGV("perl\0--\0-"), NOTHING},
	{"/usr/bin/perl", ARGV("perl"), NOTHING},
	{"/usr/bin/perl", ARGV("perl\0-e"), NOTHING},
	{"/tmp/perl", ARGV("/usr/sbin/httpd\0/tmp/x"), SCRIPT("/tmp/x")},
	{"/usr/bin/python3.11", ARGV("python3\0x.py\0-c\0y"), SCRIPT("x.py")},
	{"/usr/bin/python3.11", ARGV("python3\0-W\0ignore\0x.py"), SCRIPT("x.py")},
	{"/usr/bin/python3.11", ARGV("python3\0-Wignore\0-X\0dev\0x.py"), SCRIPT("x.py")},
	{"/usr/bin/python3.11", ARGV("python3\0-uB\0x.py"), SCRIPT("x.py")},
	{"/usr/bin/python3.11", ARGV("python3\0-c\0import x\0y"), CODE("import x")},
	{"/usr/bin/python3.11", ARGV("python3\0-Bcimport x"), CODE("import x")},
	{"/usr/bin/python3.11", ARGV("python3\0-m\0smtplib\0x.py"), CODE("smtplib")},
	{"/usr/bin/python3.11", ARGV("python3\0-uBm\0this"), CODE("this")},
	{"/usr/bin/python3.11", ARGV("python3\0--check-hash-based-pycs\0never\0x.py"), SCRIPT("x.py")},
	{"/usr/bin/python3.11", ARGV("python3\0-\0x"), NOTHING},
	{"/usr/bin/pypy3", ARGV("pypy3\0--jit\0off\0x.py"), SCRIPT("x.py")},
	{"/usr/bin/ruby3.1", ARGV("ruby\0x.rb"), SCRIPT("x.rb")},
	{"/usr/bin/ruby3.1", ARGV("ruby\0-r\0uri\0x.rb"), SCRIPT("x.rb")},
	{"/usr/bin/ruby3.1", ARGV("ruby\0-ruri\0-C\0/srv\0x.rb"), SCRIPT("x.rb")},
	{"/usr/bin/ruby3.1", ARGV("ruby\0-W:no-deprecated\0--encoding\0UTF-8\0x.rb"), SCRIPT("x.rb")},
	{"/usr/bin/ruby3.1", ARGV("ruby\0-W1\0--enable=gems\0--disable\0gems\0x.rb"), SCRIPT("x.rb")},
	{"/usr/bin/ruby3.1", ARGV("ruby\0-rsocket\0-e\0exit"), CODE("exit")},
	{"/usr/bin/ruby3.1", ARGV("ruby\0-ne\0exit\0x"), CODE("exit")},
	{"/usr/bin/node", ARGV("node\0--max-old-space-size=512\0x.js"), SCRIPT("x.js")},
	{"/usr/bin/nodejs", ARGV("node\0-r\0dotenv\0x.js"), SCRIPT("x.js")},
	{"/usr/bin/node", ARGV("node\0--require\0dotenv\0--title=x\0x.js"), SCRIPT("x.js")},
	{"/usr/bin/node", ARGV("node\0-C\0dev\0--inspect\0x.js"), SCRIPT("x.js")},
	{"/usr/bin/node", ARGV("node\0-e\0f()"), CODE("f()")},
	{"/usr/bin/node", ARGV("node\0--eval=f()"), CODE("f()")},
	{"/usr/bin/node", ARGV("node\0-p\0f()"), CODE("f()")},
	{"/usr/bin/node", ARGV("node\0-pe\0f()"), CODE("f()")},
	{"/usr/bin/node", ARGV("node\0-p\0-e\0f()"), CODE("f()")},
	{"/usr/bin/node", ARGV("node\0--print\0f()"), CODE("f()")},
	{"/usr/bin/node", ARGV("node\0-i"), NOTHING},
	{"/usr/bin/node", ARGV("node\0--\0-x.js"), SCRIPT("-x.js")},
	{"/usr/local/bin/bun", ARGV("bun\0run\0--cwd\0/srv\0x.ts"), SCRIPT("x.ts")},
	{"/usr/local/bin/bun", ARGV("bun\0--hot\0x.ts"), SCRIPT("x.ts")},
	{"/usr/local/bin/bun", ARGV("bun\0run\0dev"), NOTHING},
	{"/usr/local/bin/bun", ARGV("bun\0-e\0f()"), CODE("f()")},
	{"/usr/local/bin/deno", ARGV("deno\0run\0-A\0--config\0d.json\0x.ts"), SCRIPT("x.ts")},
	{"/usr/local/bin/deno", ARGV("deno\0eval\0--ext=ts\0f()"), CODE("f()")},
	{"/usr/local/bin/deno", ARGV("deno\0run\0https://example.com/x.ts"), NOTHING},
	{"/usr/local/bin/deno", ARGV("deno\0repl"), NOTHING},
	{"/usr/bin/bash", ARGV("bash\0x.sh"), SCRIPT("x.sh")},
	{"/usr/bin/bash", ARGV("-bash"), NOTHING},
	{"/usr/bin/bash", ARGV("bash\0-c\0f\0name"), CODE("f")},
	{"/usr/bin/bash", ARGV("bash\0-lc\0f"), CODE("f")},
	{"/usr/bin/bash", ARGV("bash\0-c\0-e\0f"), CODE("f")},
	{"/usr/bin/bash", ARGV("bash\0-c\0--\0f"), CODE("f")},
	{"/usr/bin/bash", ARGV("bash\0-ceo\0pipefail\0f"), CODE("f")},
	{"/usr/bin/bash", ARGV("bash\0-eo\0pipefail\0x.sh"), SCRIPT("x.sh")},
	{"/usr/bin/bash", ARGV("bash\0-oe\0pipefail\0x.sh"), SCRIPT("x.sh")},
	{"/usr/bin/bash", ARGV("bash\0+O\0extglob\0+x\0x.sh"), SCRIPT("x.sh")},
	{"/usr/bin/bash", ARGV("bash\0--rcfile\0/dev/null\0--norc\0x.sh"), SCRIPT("x.sh")},
	{"/usr/bin/bash", ARGV("bash\0-rcfile\0/dev/null\0x.sh"), SCRIPT("x.sh")},
	{"/usr/bin/bash", ARGV("bash\0-\0x.sh"), SCRIPT("x.sh")},
	{"/usr/bin/bash", ARGV("bash\0-s\0x.sh"), NOTHING},
	{"/usr/bin/dash", ARGV("sh\0-c\0f"), CODE("f")},
	{"/usr/bin/dash", ARGV("sh\0-ec\0f"), CODE("f")},
	{"/usr/bin/dash", ARGV("/bin/sh\0-o\0noglob\0x.sh"), SCRIPT("x.sh")},
	{"/bin/busybox", ARGV("sh\0x.sh"), SCRIPT("x.sh")},
	{"/bin/busybox", ARGV("-sh\0-c\0f"), CODE("f")},
	{"/bin/busybox", ARGV("/bin/busybox\0ash\0x.sh"), SCRIPT("x.sh")},
	{"/bin/busybox", ARGV("busybox\0wget\0x.sh"), NOTHING},
	{"/bin/busybox", ARGV("sendmail\0x.sh"), NOTHING},
	{"/bin/busybox", ARGV("busybox"), NOTHING},
	{"/bin/ksh93", ARGV("ksh\0-opipefail\0x.ksh"), SCRIPT("x.ksh")},
	{"/bin/ksh93", ARGV("ksh\0-eo\0noglob\0x.ksh"), SCRIPT("x.ksh")},
	{"/bin/mksh", ARGV("mksh\0-ec\0f"), CODE("f")},
	{"/bin/zsh", ARGV("zsh\0--emulate\0sh\0-c\0f"), CODE("f")},
	{"/usr/bin/php8.2", ARGV("php\0x.php\0-r\0y"), SCRIPT("x.php")},
	{"/usr/bin/php8.2", ARGV("php\0-d\0a=b\0-dc=d\0-n\0x.php"), SCRIPT("x.php")},
	{"/usr/bin/php8.2", ARGV("php\0-c\0/etc/php.ini\0-z\0x.so\0-f\0x.php"), SCRIPT("x.php")},
	{"/usr/bin/php8.2", ARGV("php\0-nf=x.php"), SCRIPT("x.php")},
	{"/usr/bin/php8.2", ARGV("php\0--file\0x.php"), SCRIPT("x.php")},
	{"/usr/bin/php8.2", ARGV("php\0-r\0mail();\0x"), CODE("mail();")},
	{"/usr/bin/php8.2", ARGV("php\0-nr\0mail();"), CODE("mail();")},
	{"/usr/bin/php8.2", ARGV("php\0--run=mail();"), CODE("mail();")},
	{"/usr/bin/php8.2", ARGV("php\0-B\0a();\0-F\0x.php\0-E\0b();"), SCRIPT("x.php")},
	{"/usr/bin/php8.2", ARGV("php\0-R\0a();\0-E\0b();\0x"), CODE("a();")},
	{"/usr/bin/php8.2", ARGV("php\0-S\0[::]:80\0-t\0/srv\0router.php"), SCRIPT("router.php")},
	{"/usr/bin/php8.2", ARGV("php\0--\0x.php"), NOTHING},
	{"/usr/bin/php8.2", ARGV("php\0-a"), NOTHING},
	{"/usr/bin/php-cgi8.2", ARGV("php-cgi\0-d\0a=b\0x.php"), SCRIPT("x.php")},
	{"/usr/bin/php-cgi8.2", ARGV("php-cgi\0-qf\0x.php"), SCRIPT("x.php")},
	{"/usr/bin/php-cgi8.2", ARGV("php-cgi\0-T\0001\0--\0x.php"), SCRIPT("x.php")},
	{"/usr/sbin/php-fpm8.2", ARGV("php-fpm: pool www"), NOTHING},
	{"/usr/sbin/php-fpm8.2", ARGV("php-fpm\0x.php"), NOTHING},
	{"/usr/local/lsws/lsphp81/bin/lsphp", ARGV("lsphp\0x.php"), NOTHING},
	{"/usr/bin/lua5.4", ARGV("lua\0-l\0socket\0x.lua"), SCRIPT("x.lua")},
	{"/usr/bin/lua5.4", ARGV("lua\0-e\0a=1\0x.lua"), SCRIPT("x.lua")},
	{"/usr/bin/lua5.4", ARGV("lua\0-ea=1"), CODE("a=1")},
	{"/usr/bin/luajit", ARGV("luajit\0-O3\0-j\0off\0x.lua"), SCRIPT("x.lua")},
	{"/usr/bin/tclsh8.6", ARGV("tclsh\0-encoding\0utf-8\0x.tcl"), SCRIPT("x.tcl")},
	{"/usr/bin/tclsh8.6", ARGV("tclsh\0--\0x.tcl"), NOTHING},
	{"/usr/bin/expect", ARGV("expect\0-nf\0x.exp\0y"), SCRIPT("x.exp")},
	{"/usr/bin/expect", ARGV("expect\0-c\0send x\0x.exp"), SCRIPT("x.exp")},
	{"/usr/bin/expect", ARGV("expect\0-D\0000\0-c\0send x"), CODE("send x")},
	{"/usr/bin/expect", ARGV("expect\0-"), NOTHING},
	{"/usr/sbin/apache2", ARGV("apache2\0-k\0start"), NOTHING},
	{"/usr/bin/perlbug", ARGV("perlbug\0x"), NOTHING},
	{"/usr/bin/shred", ARGV("sh\0x"), NOTHING},
	{"", ARGV("perl\0x"), NOTHING},
};

/* Reads a copy that ends where its allocation ends, so that ASan sees every byte too many. */
static bool read_argv(const char *executable, const char *argv, size_t size, bool cut, struct interpreter_script *read,
		      char text[512])
{
	_cleanup_free_ char *copy = malloc(size ? size : 1);

	memcpy(copy, argv, size);
	if (!interpreter_read_argv(executable, copy, size, cut, read))
		return false;
	assert_true(read->text >= copy && read->size > 0 && read->text + read->size <= copy + size);
	memcpy(text, read->text, read->size);
	text[read->size] = '\0';
	return true;
}

static void test_command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(command_lines); i++) {
		struct interpreter_script read;
		char text[512] = "";
		bool found = read_argv(command_lines[i].executable, command_lines[i].argv, command_lines[i].argv_size,
				       false, &read, text);

		if (found != (command_lines[i].text != NULL) || (found && strcmp(text, command_lines[i].text) != 0))
			fail_msg("row %zu, of %s: \"%s\"", i, command_lines[i].executable, text);
		if (!found)
			continue;
		assert_int_equal(read.one_liner, command_lines[i].one_liner);
		assert_false(read.cut);
	}
}

/* A program can write over its arguments: the last need not end with NUL. */
static void test_without_last_nul(void **state)
{
	struct interpreter_script read;
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(command_lines); i++) {
		bool found = read_argv(command_lines[i].executable, command_lines[i].argv,
				       command_lines[i].argv_size - 1, false, &read, text);
		assert_int_equal(found, command_lines[i].text != NULL);
		if (found)
			assert_string_equal(text, command_lines[i].text);
	}
}

static void test_cut(void **state)
{
	struct interpreter_script read;
	char text[512];

	(void)state;
	assert_true(read_argv("perl", "perl\0/tmp/lon", 13, true, &read, text));
	assert_string_equal(text, "/tmp/lon");
	assert_true(read.cut);
	assert_true(read_argv("perl", "perl\0-e\0print", 13, true, &read, text));
	assert_true(read.cut && read.one_liner);
	assert_true(read_argv("perl", "perl\0-eprint", 12, true, &read, text));
	assert_true(read.cut && read.one_liner);
	/* Only the last argument is. */
	assert_true(read_argv("perl", "perl\0/tmp/x\0argum", 17, true, &read, text));
	assert_string_equal(text, "/tmp/x");
	assert_false(read.cut);
	assert_true(read_argv("perl", "perl\0/tmp/x", 12, true, &read, text));
	assert_false(read.cut);
	/* What was to follow is not known. */
	assert_false(read_argv("perl", "perl\0-I\0/tmp", 12, true, &read, text));
	assert_false(read_argv("perl", "perl\0-w", 8, true, &read, text));
}

static void test_names_that_node_completes(void **state)
{
	static const struct {
		const char *executable;
		const char *argv;
		bool may_be_longer;
	} cases[] = {
		{"node", "node\0/srv/app", true},
		{"node", "node\0/srv/app.server", true},
		{"node", "node\0/srv/app.js", false},
		{"node", "node\0/srv/app.mjs", false},
		{"bun", "bun\0/srv/app", true},
		{"perl", "perl\0/srv/app", false},
		{"node", "node\0-e\0/srv/application()", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct interpreter_script read;
		const char *last = cases[i].argv + strlen(cases[i].argv) + 1;
		size_t size = (size_t)(last - cases[i].argv) + strlen(last) + 1;

		if (strcmp(last, "-e") == 0)
			size += strlen(last + 3) + 1;
		assert_true(interpreter_read_argv(cases[i].executable, cases[i].argv, size, false, &read));
		assert_int_equal(read.may_be_longer, cases[i].may_be_longer);
	}
}

static void test_php(void **state)
{
	static const char *const names[] = {"php",
					    "php8.2",
					    "php82",
					    "php-cgi",
					    "php-cgi8.2",
					    "php5-cgi",
					    "php-fpm",
					    "php-fpm8.2",
					    "php5-fpm",
					    "lsphp",
					    "/opt/cpanel/ea-php81/root/usr/sbin/php-fpm"};
	static const char *const others[] = {"phpize", "perl", "apache2", "", "/usr/bin/php8.2/x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(interpreter_is_php(names[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(interpreter_is_php(others[i]));
}

static const char *const executables[] = {"perl",    "python3", "ruby", "node", "bun",   "deno",   "bash",
					  "busybox", "ksh",     "php",  "lua",  "tclsh", "expect", "php-cgi"};

static void test_hostile(void **state)
{
	struct interpreter_script read;
	char letters[256];
	char text[512];

	(void)state;
	memset(letters, 'a', sizeof(letters));
	for (size_t i = 0; i < ARRAY_SIZE(executables); i++) {
		assert_false(read_argv(executables[i], "", 0, false, &read, text));
		assert_false(read_argv(executables[i], "", 1, false, &read, text));
		assert_false(read_argv(executables[i], "\0\0\0\0", 4, false, &read, text));
		assert_false(read_argv(executables[i], letters, sizeof(letters), true, &read, text));
		assert_false(read_argv(executables[i], letters, sizeof(letters), false, &read, text));
	}
	/* A title that was written over the arguments, as $0 = "..." of perl does. */
	assert_false(read_argv("perl", "/usr/sbin/httpd\0\0\0\0\0/tmp/x", 26, false, &read, text));
	memcpy(letters, "perl\0", 5);
	assert_true(read_argv("perl", letters, sizeof(letters), true, &read, text));
	assert_int_equal(read.size, sizeof(letters) - 5);
	assert_true(read.cut);
	assert_true(read_argv("perl", "perl\0\n\x1b[2J\xff\0x", 13, false, &read, text));
	assert_string_equal(text, "\n\x1b[2J\xff");
}

/* Whatever the bytes, what is found lies within them: read_argv() asserts it. */
static void test_random_bytes(void **state)
{
	static const char *const pieces[] = {"-",  "--",  "e",    "c",  "=",    "",  "-I",
					     "sh", "run", "x.js", "+o", "\xff", "-f"};
	uint32_t seed = 2525;
	size_t found = 0;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		char argv[256];
		size_t size = 0;
		struct interpreter_script read;
		char text[512];

		for (unsigned int i = 0; i < 8; i++) {
			seed = seed * 1664525 + 1013904223;
			const char *piece = pieces[(seed >> 16) % ARRAY_SIZE(pieces)];
			memcpy(argv + size, piece, strlen(piece));
			size += strlen(piece);
			if (seed >> 31)
				argv[size++] = '\0';
		}
		found += read_argv(executables[round % ARRAY_SIZE(executables)], argv, size, seed & 1, &read, text);
	}
	assert_in_range(found, 1, 19999);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command_lines), cmocka_unit_test(test_without_last_nul),
		cmocka_unit_test(test_cut),           cmocka_unit_test(test_names_that_node_completes),
		cmocka_unit_test(test_php),           cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_random_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("interpreters", tests, NULL, NULL);
}
