// SPDX-License-Identifier: GPL-2.0-only
#include "client/arguments.h"
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>

#define WORDS_MAX 80

/* Parses what stands behind the program's name; a NULL ends it. */
static int parse(const char *const *words, bool is_terminal, struct arguments *arguments, struct arguments_error *error)
{
	char *argv[WORDS_MAX + 2] = {(char *)"smtpwatch"};
	int argc = 1;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	return arguments_parse(argc, argv, is_terminal, arguments, error);
}

static struct arguments parse_well(const char *const *words)
{
	struct arguments_error error = {""};
	struct arguments arguments;

	if (parse(words, true, &arguments, &error))
		fail_msg("%s", error.message);
	return arguments;
}

#define GOOD(...) parse_well((const char *const[]){__VA_ARGS__, NULL})

static void test_commands(void **state)
{
	struct arguments arguments = GOOD(NULL);

	(void)state;
	assert_int_equal(arguments.command, CLIENT_TOP);
	assert_false(arguments.is_batch);
	assert_int_equal(arguments.interval, 1);
	for (int command = 0; command < CLIENT_COMMAND_COUNT; command++) {
		const struct client_command_row *row = &client_commands[command];
		arguments = GOOD(row->name, row->argument ? "k3x" : NULL);
		assert_int_equal(arguments.command, command);
		assert_string_equal(arguments.incident ? arguments.incident : "", row->argument ? "k3x" : "");
	}
	assert_int_equal(GOOD("--help").command, CLIENT_HELP);
	assert_int_equal(GOOD("top", "-h").command, CLIENT_HELP);
	assert_int_equal(GOOD("explain", "--help").command, CLIENT_HELP);
	assert_int_equal(GOOD("-V").command, CLIENT_VERSION);
}

static void test_top(void **state)
{
	struct arguments arguments =
		GOOD("-b", "-n", "3", "--delay=60", "--by", "user", "--sort", "Rate", "--filter", "shop 42", "--rows",
		     "9", "--width", "132", "--ascii", "--no-color", "--mouse");

	(void)state;
	assert_int_equal(arguments.command, CLIENT_TOP);
	assert_true(arguments.is_batch && arguments.is_sorted && arguments.is_ascii && arguments.is_colourless);
	assert_true(arguments.has_mouse && !arguments.is_json);
	assert_int_equal(arguments.count, 3);
	assert_int_equal(arguments.interval, 60);
	assert_int_equal(arguments.by, LEDGER_BY_USER);
	assert_int_equal(arguments.sort, COLUMN_RATE);
	assert_string_equal(arguments.row_filter, "shop 42");
	assert_int_equal(arguments.rows, 9);
	assert_int_equal(arguments.width, 132);
	assert_true(GOOD("top", "--json").is_batch);
}

static void test_lines(void **state)
{
	struct arguments arguments = GOOD("alerts", "-fn0", "--user", "shop42", "--script", "*.php", "--port", "25",
					  "--destination", "203.0.113.0/24", "--rule", "x", "--severity", "high");

	(void)state;
	assert_true(arguments.is_following);
	assert_int_equal(arguments.last, 0);
	assert_int_equal(arguments.count, 0);
	assert_string_equal(arguments.filter.user, "shop42");
	assert_string_equal(arguments.filter.script, "*.php");
	assert_int_equal(arguments.filter.port, 25);
	assert_true(arguments.filter.has_network);
	assert_string_equal(arguments.filter.rule, "x");
	assert_int_equal(arguments.filter.severity, ALERT_SEVERITY_HIGH);
	arguments = GOOD("events", "--destination", "203.0.113.5", "--destination", "gmail");
	assert_int_equal(arguments.last, 20);
	assert_false(arguments.filter.has_network);
	assert_string_equal(arguments.filter.destination, "gmail");
	assert_true(GOOD("events", "--destination", "::1").filter.has_network);
}

static void test_socket(void **state)
{
	char path[PATH_MAX + 1];
	struct arguments_error error = {""};
	struct arguments arguments;

	(void)state;
	unsetenv("RUNTIME_DIRECTORY");
	assert_string_equal(GOOD("status").socket, "/run/smtpwatch/control.sock");
	setenv("RUNTIME_DIRECTORY", "relative", 1);
	assert_string_equal(GOOD("status").socket, "/run/smtpwatch/control.sock");
	setenv("RUNTIME_DIRECTORY", "/tmp/lab", 1);
	assert_string_equal(GOOD("status").socket, "/tmp/lab/control.sock");
	assert_string_equal(GOOD("status", "--socket", "s").socket, "s");
	unsetenv("RUNTIME_DIRECTORY");
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(parse((const char *const[]){"status", "--socket", path, NULL}, true, &arguments, &error),
			 -EINVAL);
}

static void test_bad(void **state)
{
	static const struct {
		const char *words[5];
		const char *said;
	} cases[] = {
		{{"evnts"}, "did you mean \"events\"?"},
		{{"x\033"}, "\"x\\x1b\" is no command"},
		{{"status", "now"}, "\"now\" is too much"},
		{{"explain"}, "explain needs a word: ID"},
		{{"explain", ""}, "explain needs a word: ID"},
		{{"explain", "a", "b"}, "\"b\" is too much"},
		{{"events", "--folow"}, "did you mean \"--follow\"?"},
		{{"events", "--folow=3"}, "\"--folow\" is no option"},
		{{"events", "-x"}, "\"-x\" is no option"},
		{{"events", "-\033"}, "\"-\\x1b\" is no option"},
		{{"events", "--severity", "high"}, "--severity is for alerts, not for events"},
		{{"status", "-n", "1"}, "not for status"},
		{{"top", "-f"}, "--follow is for events and alerts, not for top"},
		{{"alerts", "--severity", "hihg"}, "did you mean \"high\"?"},
		{{"alerts", "--severity", "7"}, "(info, notice, warning, high, critical)"},
		{{"alerts", "-n", "1001"}, "a number from 0 to 1000"},
		{{"alerts", "-n", "-1"}, "a number from 0 to 1000"},
		{{"alerts", "--port", "0"}, "a number from 1 to 65535"},
		{{"alerts", "--user", ""}, "--user needs a value: USER"},
		{{"alerts", "--user"}, "--user needs a value: USER"},
		{{"alerts", "--json=1"}, "--json takes no value"},
		{{"alerts", "--destination", "10.0.0.1/8"}, "is no network"},
		{{"alerts", "--destination", ""}, "needs a value"},
		{{"alerts", "--socket", ""}, "needs the path of a socket"},
		{{"top", "-d", "61"}, "a number from 1 to 60"},
		{{"top", "-bn", "0"}, "a number from 1 to"},
		{{"top", "-n", "1"}, "--count is for plain text: -b"},
		{{"top", "--width", "80"}, "--width is for plain text: -b"},
		{{"top", "--by", "usr"}, "did you mean \"user\"?"},
		{{"top", "--sort", "verdct"}, "did you mean \"verdict\"?"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arguments_error error = {""};
		struct arguments arguments = {.command = CLIENT_COMMAND_COUNT};

		if (parse(cases[i].words, true, &arguments, &error) != -EINVAL || !strstr(error.message, cases[i].said))
			fail_msg("case %zu: \"%s\" is not in: %s", i, cases[i].said, error.message);
		assert_int_equal(arguments.command, CLIENT_COMMAND_COUNT);
	}
}

static void test_without_a_terminal(void **state)
{
	struct arguments_error error = {""};
	struct arguments arguments;

	(void)state;
	assert_int_equal(parse((const char *const[]){NULL}, false, &arguments, &error), -EINVAL);
	assert_non_null(strstr(error.message, "There is no terminal"));
	assert_int_equal(parse((const char *const[]){"--help", NULL}, false, &arguments, &error), 0);
	assert_int_equal(arguments.command, CLIENT_HELP);
}

static void test_too_many(void **state)
{
	const char *words[WORDS_MAX + 1] = {"status"};
	struct arguments_error error = {""};
	struct arguments arguments;

	(void)state;
	for (int i = 1; i < WORDS_MAX; i++)
		words[i] = "--json";
	assert_int_equal(parse(words, true, &arguments, &error), -EINVAL);
	assert_non_null(strstr(error.message, "more than 64 options"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands), cmocka_unit_test(test_top), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_socket),   cmocka_unit_test(test_bad), cmocka_unit_test(test_without_a_terminal),
		cmocka_unit_test(test_too_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
