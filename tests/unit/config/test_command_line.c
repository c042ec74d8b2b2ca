// SPDX-License-Identifier: GPL-2.0-only
#include "config/config.h"

// cmocka.h wants these before it.
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define WORDS_MAX 8

/* Parses what stands behind the program's name; a NULL ends it. */
static int parse(const char *const *words, struct command_line *command, struct command_line_error *error)
{
	char *argv[WORDS_MAX + 2] = {(char *)"smtpwatchd"};
	int argc = 1;

	while (words[argc - 1]) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	return command_line_parse(argc, argv, command, error);
}

static void test_good(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		struct command_line expected;
	} cases[] = {
		{{NULL}, {.action = COMMAND_RUN}},
		{{"--config", "/x"}, {.config_path = "/x"}},
		{{"--config=/x"}, {.config_path = "/x"}},
		{{"-c", "/x"}, {.config_path = "/x"}},
		{{"-c/x"}, {.config_path = "/x"}},
		{{"-c", "/x", "-c", "/y"}, {.config_path = "/y"}},
		{{"--foreground"}, {.foreground = true}},
		{{"-f"}, {.foreground = true}},
		{{"--debug"}, {.debug = true}},
		{{"--format", "text"}, {.format = OUTPUT_TEXT}},
		{{"--format=json"}, {.format = OUTPUT_JSON}},
		{{"--format=json", "--format=text"}, {.format = OUTPUT_TEXT}},
		{{"--check-config"}, {.action = COMMAND_CHECK_CONFIG}},
		{{"--list-mta"}, {.action = COMMAND_LIST_MTA}},
		{{"--list-rules"}, {.action = COMMAND_LIST_RULES}},
		{{"--version"}, {.action = COMMAND_VERSION}},
		{{"-V"}, {.action = COMMAND_VERSION}},
		{{"--help"}, {.action = COMMAND_HELP}},
		{{"-h", "--help"}, {.action = COMMAND_HELP}},
		{{"-fc", "/x", "--format=json", "--debug", "--list-mta"},
		 {.action = COMMAND_LIST_MTA,
		  .config_path = "/x",
		  .foreground = true,
		  .debug = true,
		  .format = OUTPUT_JSON}},
		{{"--"}, {.action = COMMAND_RUN}},
		{{"--explain", "k3x9ab"}, {.action = COMMAND_EXPLAIN, .subject = "k3x9ab"}},
		{{"--explain=k3x", "a", "-"}, {.action = COMMAND_EXPLAIN, .subject = "k3x", .file_count = 2}},
		{{"a", "--learn", "7d", "--debug", "b"},
		 {.action = COMMAND_LEARN, .subject = "7d", .file_count = 2, .debug = true}},
		{{"--learn", "x.jsonl"}, {.action = COMMAND_LEARN, .subject = "x.jsonl"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct command_line *expected = &cases[i].expected;
		struct command_line command = {.action = COMMAND_ACTION_COUNT, .format = OUTPUT_FORMAT_COUNT};
		struct command_line_error error = {"untouched"};

		assert_int_equal(parse(cases[i].words, &command, &error), 0);
		assert_string_equal(error.message, "untouched");
		assert_int_equal(command.action, expected->action);
		assert_int_equal(command.foreground, expected->foreground);
		assert_int_equal(command.debug, expected->debug);
		assert_int_equal(command.format, expected->format);
		assert_int_equal(command.file_count, expected->file_count);
		for (size_t j = 0; j < command.file_count; j++)
			assert_int_equal(strlen(command.files[j]), 1);
		if (expected->subject)
			assert_string_equal(command.subject, expected->subject);
		else
			assert_null(command.subject);
		if (expected->config_path)
			assert_string_equal(command.config_path, expected->config_path);
		else
			assert_null(command.config_path);
	}
}

static void test_path_points_into_argv(void **state)
{
	char program[] = "smtpwatchd";
	char option[] = "--config=/x";
	char *argv[] = {program, option, NULL};
	struct command_line command;
	struct command_line_error error;

	(void)state;
	assert_int_equal(command_line_parse(2, argv, &command, &error), 0);
	assert_ptr_equal(command.config_path, option + strlen("--config="));
}

static void test_replay(void **state)
{
	char *argv[] = {(char *)"smtpwatchd", (char *)"--replay", (char *)"/a", (char *)"/b",
			(char *)"--diff",     (char *)"/rules",   (char *)"/c", NULL};
	struct command_line command;
	struct command_line_error error;

	(void)state;
	assert_int_equal(command_line_parse(7, argv, &command, &error), 0);
	assert_int_equal(command.action, COMMAND_REPLAY);
	assert_string_equal(command.replay_path, "/a");
	assert_string_equal(command.diff_path, "/rules");
	assert_int_equal(command.replay_count, 2);
	assert_string_equal(command.replay_more[0], "/b");
	assert_string_equal(command.replay_more[1], "/c");
}

static void test_refused(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		const char *message;
	} cases[] = {
		{{"--diff", "/rules"}, "--diff is for --replay; see smtpwatchd --help"},
		{{"--diff", "", "--replay", "/a"},
		 "--diff needs the name of a file or directory; see smtpwatchd --help"},
		{{"start"}, "unexpected argument \"start\"; see smtpwatchd --help"},
		{{"-f", "start", "--debug"}, "unexpected argument \"start\"; see smtpwatchd --help"},
		{{"--", "--debug"}, "unexpected argument \"--debug\"; see smtpwatchd --help"},
		{{""}, "unexpected argument \"\"; see smtpwatchd --help"},
		{{"-"}, "unexpected argument \"-\"; see smtpwatchd --help"},
		{{"a\n\x1b[2J"}, "unexpected argument \"a\\x0a\\x1b[2J\"; see smtpwatchd --help"},
		{{"--bogus"}, "unknown or ambiguous option \"--bogus\"; see smtpwatchd --help"},
		{{"--bogus=\x1b"}, "unknown or ambiguous option \"--bogus=\\x1b\"; see smtpwatchd --help"},
		{{"--fo"}, "unknown or ambiguous option \"--fo\"; see smtpwatchd --help"},
		{{"-x"}, "unknown option \"-x\"; see smtpwatchd --help"},
		{{"-fx"}, "unknown option \"-x\"; see smtpwatchd --help"},
		{{"-\xc3\xa9"}, "unknown option \"-\\xc3\"; see smtpwatchd --help"},
		{{"-\x1b"}, "unknown option \"-\\x1b\"; see smtpwatchd --help"},
		{{"--config"}, "--config needs a value: FILE; see smtpwatchd --help"},
		{{"-c"}, "--config needs a value: FILE; see smtpwatchd --help"},
		{{"--config="}, "--config needs the name of a file; see smtpwatchd --help"},
		{{"--format"}, "--format needs a value: FORMAT; see smtpwatchd --help"},
		{{"--format", "xml"}, "\"xml\" is not valid for --format: it is text or json; see smtpwatchd --help"},
		{{"--format=JSON"}, "\"JSON\" is not valid for --format: it is text or json; see smtpwatchd --help"},
		{{"--format="}, "\"\" is not valid for --format: it is text or json; see smtpwatchd --help"},
		{{"--foreground=yes"}, "--foreground takes no value; see smtpwatchd --help"},
		{{"--help=x"}, "--help takes no value; see smtpwatchd --help"},
		{{"--explain"}, "--explain needs a value: ID; see smtpwatchd --help"},
		{{"--learn="}, "--learn needs a value: WHAT; see smtpwatchd --help"},
		{{"--learn", "7d", ""}, "an argument is empty, and no name of a file; see smtpwatchd --help"},
		{{"--check-config", "b"}, "unexpected argument \"b\"; see smtpwatchd --help"},
		{{"--explain", "k3x", "--learn", "7d"},
		 "--learn cannot be combined with another action; see smtpwatchd --help"},
		{{"--check-config", "--list-mta"},
		 "--list-mta cannot be combined with another action; see smtpwatchd --help"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct command_line command;
		struct command_line before;
		struct command_line_error error = {""};

		memset(&command, 0x5a, sizeof(command));
		before = command;
		assert_int_equal(parse(cases[i].words, &command, &error), -EINVAL);
		assert_string_equal(error.message, cases[i].message);
		assert_memory_equal(&command, &before, sizeof(command));
	}
}

static void test_long_argument_keeps_the_hint(void **state)
{
	char word[5000];
	const char *const words[] = {word, NULL};
	struct command_line command;
	struct command_line_error error;
	static const char hint[] = "\"; see smtpwatchd --help";

	(void)state;
	memset(word, '\n', sizeof(word));
	word[sizeof(word) - 1] = '\0';
	assert_int_equal(parse(words, &command, &error), -EINVAL);
	assert_true(strlen(error.message) > strlen(hint));
	assert_string_equal(error.message + strlen(error.message) - strlen(hint), hint);
}

/* getopt's own message would come in a second form, and unescaped. */
static void test_nothing_is_printed(void **state)
{
	static const char *const words[] = {"--bogus", NULL};
	_cleanup_fclose_ FILE *stream = tmpfile();
	_cleanup_close_ int kept = dup(STDERR_FILENO);
	struct command_line command;
	struct command_line_error error;

	(void)state;
	assert_non_null(stream);
	assert_int_equal(dup2(fileno(stream), STDERR_FILENO), STDERR_FILENO);
	int result = parse(words, &command, &error);
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(result, -EINVAL);
	assert_int_equal(lseek(fileno(stream), 0, SEEK_END), 0);
}

static void test_no_arguments_at_all(void **state)
{
	char *argv[] = {NULL};
	struct command_line command;
	struct command_line_error error;

	(void)state;
	assert_int_equal(command_line_parse(0, argv, &command, &error), 0);
	assert_int_equal(command.action, COMMAND_RUN);
}

static void test_help(void **state)
{
	static const char *const expected[] = {
		"Usage: smtpwatchd [OPTION]... [FILE]...\n",
		"\n  -c, --config FILE    read ",
		"\n  -f, --foreground     ",
		"\n      --format FORMAT  ",
		"\n      --debug          ",
		"\n      --check-config   ",
		"\n      --list-mta       ",
		"\n      --list-rules     ",
		"\n  -V, --version        ",
		"\n  -h, --help           ",
		"\n    cooldown             5m ",
		"\n  0  done\n  1  failed\n  2  wrong usage or configuration\n",
		"\n  /etc/smtpwatch/smtpwatch.conf ",
	};
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *options = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	(void)state;
	command_line_print_help(stream);
	fclose(stream);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_non_null(strstr(text, expected[i]));
	assert_null(strstr(text, "(null)"));

	stream = open_memstream(&options, &size);
	config_print_options(stream);
	fclose(stream);
	assert_non_null(strstr(text, options));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_path_points_into_argv),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_argument_keeps_the_hint),
		cmocka_unit_test(test_nothing_is_printed),
		cmocka_unit_test(test_no_arguments_at_all),
		cmocka_unit_test(test_help),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("command_line", tests, NULL, NULL);
}
