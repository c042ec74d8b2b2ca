// SPDX-License-Identifier: GPL-2.0-only
#include "client/arguments.h"

#include "control/protocol.h"
#include "lib/array.h"
#include "lib/getopt_tables.h"
#include "lib/nearest.h"
#include "lib/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_SIZE 160

/* getopt's value of an option without a letter is its row, from here on; letters lie below. */
#define KEY_BASE 256

/* Of one command line. */
#define GIVEN_MAX 64

#define DEFAULT_LAST 20
#define DEFAULT_INTERVAL 1

/* Sets of commands. */
#define OF(command) (1U << CLIENT_##command)
#define LINES (OF(EVENTS) | OF(ALERTS))
#define PRINTED (OF(TOP) | LINES | OF(STATUS) | OF(EXPLAIN) | OF(RELOAD))
#define ANY (PRINTED | OF(HELP) | OF(VERSION))

struct option_row {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* what --help calls it; NULL: it takes none */
	const char *meaning;
	unsigned int commands; /* that take it; two rows with one letter have none in common */
	int (*apply)(struct arguments *arguments, const struct option_row *option, const char *argument,
		     struct arguments_error *error);
	size_t offset;    /* of the field, where `apply` serves several */
	uint64_t minimum; /* of a number */
	uint64_t maximum;
};

/* Says the reason, and where help is. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) static int refuse(struct arguments_error *error, const char *reason, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, reason);
	vsnprintf(error->message, sizeof(error->message), reason, arguments);
	va_end(arguments);
	length = strlen(error->message);
	snprintf(error->message + length, sizeof(error->message) - length, "; see smtpwatch --help");
	return -EINVAL;
}

static const char *show(char shown[SHOWN_SIZE], const char *text)
{
	text_escape(shown, SHOWN_SIZE, text, strlen(text));
	return shown;
}

/* Of a word that is none of a set: which of them is near. */
static int refuse_word(struct arguments_error *error, const char *what, const char *word, const struct nearest *nearest)
{
	char shown[SHOWN_SIZE];

	show(shown, word);
	if (!nearest->found)
		return refuse(error, "\"%s\" is no %s", shown, what);
	snprintf(error->message, sizeof(error->message), "\"%s\" is no %s: did you mean \"%s%s\"?", shown, what,
		 word[0] == '-' ? "--" : "", nearest->found);
	return -EINVAL;
}

static int apply_flag(struct arguments *arguments, const struct option_row *option, const char *argument,
		      struct arguments_error *error)
{
	(void)argument, (void)error;
	*(bool *)((char *)arguments + option->offset) = true;
	return 0;
}

static int apply_text(struct arguments *arguments, const struct option_row *option, const char *argument,
		      struct arguments_error *error)
{
	if (*argument == '\0')
		return refuse(error, "--%s needs a value: %s", option->name, option->argument);
	*(const char **)((char *)arguments + option->offset) = argument;
	return 0;
}

static int apply_number(struct arguments *arguments, const struct option_row *option, const char *argument,
			struct arguments_error *error)
{
	char shown[SHOWN_SIZE];

	if (text_parse_number(argument, option->minimum, option->maximum,
			      (uint64_t *)((char *)arguments + option->offset)))
		return refuse(error, "\"%s\" is not valid for --%s: it is a number from %llu to %llu",
			      show(shown, argument), option->name, (unsigned long long)option->minimum,
			      (unsigned long long)option->maximum);
	return 0;
}

static int apply_socket(struct arguments *arguments, const struct option_row *option, const char *argument,
			struct arguments_error *error)
{
	if (*argument == '\0' || strlen(argument) >= sizeof(arguments->socket))
		return refuse(error, "--%s needs the path of a socket", option->name);
	memcpy(arguments->socket, argument, strlen(argument) + 1);
	return 0;
}

static int apply_by(struct arguments *arguments, const struct option_row *option, const char *argument,
		    struct arguments_error *error)
{
	struct nearest nearest = nearest_begin(argument);

	(void)option;
	if (ledger_by_parse(argument, &arguments->by) == 0)
		return 0;
	for (int by = 0; by < LEDGER_BY_COUNT; by++)
		nearest_offer(&nearest, ledger_by_name((enum ledger_by)by));
	return refuse_word(error, "grouping (script, user, process, unit, destination, receiver)", argument, &nearest);
}

static int apply_sort(struct arguments *arguments, const struct option_row *option, const char *argument,
		      struct arguments_error *error)
{
	struct nearest nearest = nearest_begin(argument);

	(void)option;
	if (column_parse(argument, &arguments->sort) == 0) {
		arguments->is_sorted = true;
		return 0;
	}
	for (int column = 0; column < COLUMN_COUNT; column++)
		nearest_offer(&nearest, columns[column].name);
	return refuse_word(error, "column of the table", argument, &nearest);
}

static int apply_severity(struct arguments *arguments, const struct option_row *option, const char *argument,
			  struct arguments_error *error)
{
	struct nearest nearest = nearest_begin(argument);

	(void)option;
	for (int severity = 0; severity < ALERT_SEVERITY_COUNT; severity++) {
		const char *name = alert_severity_name((enum alert_severity)severity);
		if (strcmp(argument, name) == 0) {
			arguments->filter.severity = (enum alert_severity)severity;
			return 0;
		}
		nearest_offer(&nearest, name);
	}
	return refuse_word(error, "severity (info, notice, warning, high, critical)", argument, &nearest);
}

/* What has a slash is a network, what parses as one too; the rest is a part of a name. */
static int apply_destination(struct arguments *arguments, const struct option_row *option, const char *argument,
			     struct arguments_error *error)
{
	struct filter *filter = &arguments->filter;
	char shown[SHOWN_SIZE];

	filter->destination = NULL;
	filter->has_network = prefix_parse(argument, &filter->network) == 0;
	if (filter->has_network)
		return 0;
	if (*argument == '\0')
		return refuse(error, "--%s needs a value: %s", option->name, option->argument);
	if (strchr(argument, '/'))
		return refuse(error, "\"%s\" is no network: it is ADDRESS/LENGTH, and all bits behind the length are 0",
			      show(shown, argument));
	filter->destination = argument;
	return 0;
}

static int apply_action(struct arguments *arguments, const struct option_row *option, const char *argument,
			struct arguments_error *error)
{
	(void)argument, (void)error;
	arguments->command = (enum client_command)option->offset;
	return 0;
}

#define FIELD(name) offsetof(struct arguments, name)
#define NO_MAXIMUM 1000000000

static const struct option_row option_rows[] = {
	{"socket", 0, "PATH", "ask the daemon at PATH", PRINTED, apply_socket, 0, 0, 0},
	{"json", 0, NULL, "print JSON, an object a line", PRINTED, apply_flag, FIELD(is_json), 0, 0},
	{"no-color", 0, NULL, "no colours; the variable NO_COLOR does the same", PRINTED, apply_flag,
	 FIELD(is_colourless), 0, 0},
	{"ascii", 0, NULL, "no other characters than those of ASCII", PRINTED, apply_flag, FIELD(is_ascii), 0, 0},
	{"delay", 'd', "SECONDS", "between two pictures: 1 (default) to 60", OF(TOP), apply_number, FIELD(interval), 1,
	 60},
	{"by", 0, "GROUPING", "script (default), user, process, unit, destination or receiver", OF(TOP), apply_by, 0, 0,
	 0},
	{"sort", 0, "COLUMN", "sort by a column; its name is in the help screen of top", OF(TOP), apply_sort, 0, 0, 0},
	{"filter", 0, "WORDS", "only rows in which all of these words occur", OF(TOP), apply_text, FIELD(row_filter), 0,
	 0},
	{"mouse", 0, NULL, "take the mouse in the view", OF(TOP), apply_flag, FIELD(has_mouse), 0, 0},
	{"batch", 'b', NULL, "print plain text instead of a view; so does --json", OF(TOP), apply_flag, FIELD(is_batch),
	 0, 0},
	{"count", 'n', "COUNT", "with -b: end after so many pictures", OF(TOP), apply_number, FIELD(count), 1,
	 NO_MAXIMUM},
	{"rows", 0, "N", "with -b: at most so many rows", OF(TOP), apply_number, FIELD(rows), 1, NO_MAXIMUM},
	{"width", 0, "N", "with -b: at most so many columns of a terminal", OF(TOP), apply_number, FIELD(width), 20,
	 10000},
	{"last", 'n', "N", "so many of the past: 0 to 1000, default 20", LINES, apply_number, FIELD(last), 0,
	 PROTOCOL_LAST_MAX},
	{"follow", 'f', NULL, "go on with what happens", LINES, apply_flag, FIELD(is_following), 0, 0},
	{"user", 0, "USER", "only of this user, by name or number", LINES, apply_text, FIELD(filter.user), 0, 0},
	{"script", 0, "TEXT", "only where the path of the script, else of the program, has TEXT; * is any text", LINES,
	 apply_text, FIELD(filter.script), 0, 0},
	{"port", 0, "PORT", "only to this port", LINES, apply_number, FIELD(filter.port), 1, 65535},
	{"destination", 0, "WHERE", "only to this address, network (ADDRESS/LENGTH) or part of a name", LINES,
	 apply_destination, 0, 0, 0},
	{"rule", 0, "RULE", "only of this rule", OF(ALERTS), apply_text, FIELD(filter.rule), 0, 0},
	{"severity", 0, "LEVEL", "only of at least info, notice, warning, high or critical", OF(ALERTS), apply_severity,
	 0, 0, 0},
	{"version", 'V', NULL, "print the version", ANY, apply_action, CLIENT_VERSION, 0, 0},
	{"help", 'h', NULL, "print this help", ANY, apply_action, CLIENT_HELP, 0, 0},
};
#define OPTION_COUNT COUNT_OF(option_rows)

static struct getopt_tables make_getopt_tables(void)
{
	struct getopt_tables tables;

	getopt_tables_begin(&tables);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *option = &option_rows[i];
		getopt_tables_add(&tables, option->name, option->letter, option->argument != NULL, KEY_BASE + (int)i);
	}
	return tables;
}

/* The row of a value that getopt_long() gave, of those for one of `commands`; or NULL. */
static const struct option_row *find_option(int value, unsigned int commands)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *option = &option_rows[i];
		if (option->commands & commands &&
		    (value == KEY_BASE + (int)i || (value > 0 && value == option->letter)))
			return option;
	}
	return NULL;
}

/* After getopt_long() gave '?' or ':' for `word`, an element of argv. */
static int refuse_option(int value, const char *word, struct arguments_error *error)
{
	const struct option_row *option = find_option(optopt, ANY);
	struct nearest nearest;
	char letter[] = {'-', (char)optopt, '\0'};
	char name[SHOWN_SIZE];

	if (option && value == ':')
		return refuse(error, "--%s needs a value: %s", option->name, option->argument);
	if (option)
		return refuse(error, "--%s takes no value", option->name);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	nearest = nearest_begin(name + strspn(name, "-"));
	for (size_t i = 0; i < OPTION_COUNT && optopt == 0; i++)
		nearest_offer(&nearest, option_rows[i].name);
	return refuse_word(error, "option", optopt ? letter : name, &nearest);
}

/* What was given, before it is known to which command. */
struct given {
	int value;
	const char *argument;
};

static int collect(int argc, char *argv[], struct given given[GIVEN_MAX], size_t *ret_count,
		   struct arguments_error *error)
{
	struct getopt_tables tables = make_getopt_tables();
	size_t count = 0;
	int value;

	optind = 0; /* glibc starts afresh */
	while ((value = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		if (value == '?' || value == ':')
			return refuse_option(value, argv[optind - 1], error);
		if (count == GIVEN_MAX)
			return refuse(error, "more than %d options", GIVEN_MAX);
		given[count++] = (struct given){value, optarg};
	}
	*ret_count = count;
	return 0;
}

static int parse_command(const char *word, enum client_command *ret_command, struct arguments_error *error)
{
	struct nearest nearest = nearest_begin(word);

	for (int command = 0; command < CLIENT_COMMAND_COUNT; command++) {
		if (strcmp(client_commands[command].name, word) == 0) {
			*ret_command = (enum client_command)command;
			return 0;
		}
		nearest_offer(&nearest, client_commands[command].name);
	}
	return refuse_word(error, "command", word, &nearest);
}

/* "events and alerts" */
static const char *name_commands(unsigned int commands, char text[SHOWN_SIZE])
{
	size_t length = 0;

	text[0] = '\0';
	for (int command = 0; command < CLIENT_COMMAND_COUNT; command++)
		if (commands & 1U << command)
			length += (size_t)snprintf(text + length, SHOWN_SIZE - length, "%s%s", length ? " and " : "",
						   client_commands[command].name);
	return text;
}

static int apply_given(struct arguments *arguments, const struct given *given, struct arguments_error *error)
{
	unsigned int command = 1U << arguments->command;
	const struct option_row *option = find_option(given->value, command);
	char names[SHOWN_SIZE];

	if (option)
		return option->apply(arguments, option, given->argument, error);
	option = find_option(given->value, ANY);
	return refuse(error, "--%s is for %s, not for %s", option->name, name_commands(option->commands, names),
		      client_commands[arguments->command].name);
}

/* The command and what belongs to it; `words` ends with NULL. */
static int take_words(struct arguments *arguments, char *words[], bool is_terminal, bool has_action,
		      struct arguments_error *error)
{
	const char *argument;
	char shown[SHOWN_SIZE];
	int problem;

	if (!words[0]) {
		arguments->command = CLIENT_TOP;
		return is_terminal || has_action ? 0 : refuse(error, "which command? There is no terminal for \"top\"");
	}
	problem = parse_command(words[0], &arguments->command, error);
	if (problem || has_action)
		return problem;
	argument = client_commands[arguments->command].argument;
	if (argument && (!words[1] || !*words[1]))
		return refuse(error, "%s needs a word: %s", words[0], argument);
	if (argument)
		arguments->incident = words[1];
	if (words[argument ? 2 : 1])
		return refuse(error, "\"%s\" is too much", show(shown, words[argument ? 2 : 1]));
	return 0;
}

static bool has_action(const struct given *given, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (find_option(given[i].value, ANY)->apply == apply_action)
			return true;
	return false;
}

static int check_batch(struct arguments *arguments, struct arguments_error *error)
{
	if (arguments->is_json)
		arguments->is_batch = true;
	if (arguments->is_batch || arguments->command != CLIENT_TOP)
		return 0;
	if (arguments->count || arguments->rows || arguments->width)
		return refuse(error, "--%s is for plain text: -b",
			      arguments->count  ? "count"
			      : arguments->rows ? "rows"
						: "width");
	return 0;
}

static void set_defaults(struct arguments *arguments)
{
	const char *directory = getenv("RUNTIME_DIRECTORY");

	if (!directory || directory[0] != '/')
		directory = PROTOCOL_DIRECTORY;
	*arguments = (struct arguments){.interval = DEFAULT_INTERVAL, .last = DEFAULT_LAST};
	snprintf(arguments->socket, sizeof(arguments->socket), "%s/%s", directory, PROTOCOL_SOCKET_NAME);
}

int arguments_parse(int argc, char *argv[], bool is_terminal, struct arguments *ret_arguments,
		    struct arguments_error *ret_error)
{
	struct arguments arguments;
	struct given given[GIVEN_MAX];
	size_t count = 0;
	int error;

	set_defaults(&arguments);
	error = collect(argc, argv, given, &count, ret_error);
	if (!error)
		error = take_words(&arguments, argv + optind, is_terminal, has_action(given, count), ret_error);
	for (size_t i = 0; i < count && !error; i++)
		error = apply_given(&arguments, &given[i], ret_error);
	if (!error)
		error = check_batch(&arguments, ret_error);
	if (!error)
		*ret_arguments = arguments;
	return error;
}

/* ---- Help */

/* The options of exactly these commands. */
static void print_options(FILE *stream, const char *heading, unsigned int commands)
{
	fprintf(stream, "\n%s\n", heading);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option_row *option = &option_rows[i];
		if (option->commands == commands)
			getopt_tables_print(stream, option->name, option->letter, option->argument, 19,
					    option->meaning);
	}
}

void arguments_print_help(FILE *stream)
{
	fputs("Usage: smtpwatch [COMMAND] [OPTION]...\n"
	      "\n"
	      "Asks smtpwatchd, which watches outbound SMTP on this host.\n"
	      "\n"
	      "Commands:\n",
	      stream);
	for (int command = 0; command < CLIENT_COMMAND_COUNT; command++) {
		const struct client_command_row *row = &client_commands[command];
		char name[24];

		snprintf(name, sizeof(name), "%s%s%s", row->name, row->argument ? " " : "",
			 row->argument ? row->argument : "");
		fprintf(stream, "  %-10s  %s\n", name, row->meaning);
	}
	print_options(stream, "Options of all that ask the daemon:", PRINTED);
	print_options(stream, "Options of top:", OF(TOP));
	print_options(stream, "Options of events and alerts:", LINES);
	print_options(stream, "Options of alerts:", OF(ALERTS));
	print_options(stream, "Other options:", ANY);
	fputs("\nExit codes:\n", stream);
	for (int code = 0; code < EXIT_COUNT; code++)
		fprintf(stream, "  %d  %s\n", code, exit_meanings[code]);
	fputs("\nThe manual is smtpwatch(1); the daemon is told of in smtpwatchd(8).\n", stream);
}
