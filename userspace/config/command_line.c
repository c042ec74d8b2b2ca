// SPDX-License-Identifier: GPL-2.0-only
#include "config/config.h"
#include "lib/array.h"
#include "lib/getopt_tables.h"
#include "lib/text.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define SHOWN_SIZE 256

/* getopt's value of an option without a letter is its row, from here on; letters lie below. */
#define KEY_BASE 256

struct command_option {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* what --help calls it; NULL: it takes none */
	const char *meaning;
	int (*apply)(struct command_line *command, const struct command_option *option, const char *argument,
		     struct command_line_error *error);
	enum command_action action;
};

static const char *const format_names[] = {
	[OUTPUT_TEXT] = "text",
	[OUTPUT_JSON] = "json",
};
static_assert(COUNT_OF(format_names) == OUTPUT_FORMAT_COUNT, "each format has a name");

/* Says the reason, and where help is. Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) static int refuse(struct command_line_error *error, const char *reason, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, reason);
	vsnprintf(error->message, sizeof(error->message), reason, arguments);
	va_end(arguments);
	length = strlen(error->message);
	snprintf(error->message + length, sizeof(error->message) - length, "; see smtpwatchd --help");
	return -EINVAL;
}

static int apply_config(struct command_line *command, const struct command_option *option, const char *argument,
			struct command_line_error *error)
{
	if (*argument == '\0')
		return refuse(error, "--%s needs the name of a file", option->name);
	command->config_path = argument;
	return 0;
}

static int apply_foreground(struct command_line *command, const struct command_option *option, const char *argument,
			    struct command_line_error *error)
{
	(void)option, (void)argument, (void)error;
	command->foreground = true;
	return 0;
}

static int apply_debug(struct command_line *command, const struct command_option *option, const char *argument,
		       struct command_line_error *error)
{
	(void)option, (void)argument, (void)error;
	command->debug = true;
	return 0;
}

static int apply_format(struct command_line *command, const struct command_option *option, const char *argument,
			struct command_line_error *error)
{
	char shown[SHOWN_SIZE];

	for (size_t i = 0; i < OUTPUT_FORMAT_COUNT; i++) {
		if (strcmp(argument, format_names[i]) == 0) {
			command->format = (enum output_format)i;
			return 0;
		}
	}
	text_escape(shown, sizeof(shown), argument, strlen(argument));
	return refuse(error, "\"%s\" is not valid for --%s: it is %s or %s", shown, option->name,
		      format_names[OUTPUT_TEXT], format_names[OUTPUT_JSON]);
}

static int take_action(struct command_line *command, const struct command_option *option,
		       struct command_line_error *error)
{
	if (command->action != COMMAND_RUN && command->action != option->action)
		return refuse(error, "--%s cannot be combined with another action", option->name);
	command->action = option->action;
	return 0;
}

static int apply_replay(struct command_line *command, const struct command_option *option, const char *argument,
			struct command_line_error *error)
{
	if (*argument == '\0')
		return refuse(error, "--%s needs the name of a file", option->name);
	command->replay_path = argument;
	return take_action(command, option, error);
}

static int apply_diff(struct command_line *command, const struct command_option *option, const char *argument,
		      struct command_line_error *error)
{
	if (*argument == '\0')
		return refuse(error, "--%s needs the name of a file or directory", option->name);
	command->diff_path = argument;
	return 0;
}

/* Of an action that is about something, and takes names of files behind the options. */
static int apply_subject(struct command_line *command, const struct command_option *option, const char *argument,
			 struct command_line_error *error)
{
	if (*argument == '\0')
		return refuse(error, "--%s needs a value: %s", option->name, option->argument);
	command->subject = argument;
	return take_action(command, option, error);
}

static int apply_action(struct command_line *command, const struct command_option *option, const char *argument,
			struct command_line_error *error)
{
	(void)argument;
	return take_action(command, option, error);
}

static const struct command_option command_options[] = {
	{"config", 'c', "FILE", "read FILE instead of " CONFIG_DEFAULT_FILE, apply_config, COMMAND_RUN},
	{"foreground", 'f', NULL, "stay in the foreground, flows and alerts to stdout", apply_foreground, COMMAND_RUN},
	{"format", 0, "FORMAT", "write to stdout as text (default) or json, a line each", apply_format, COMMAND_RUN},
	{"debug", 0, NULL, "say more about what the daemon does", apply_debug, COMMAND_RUN},
	{"check-config", 0, NULL, "check the configuration and exit", apply_action, COMMAND_CHECK_CONFIG},
	{"list-mta", 0, NULL, "list the programs that may deliver mail and exit", apply_action, COMMAND_LIST_MTA},
	{"list-rules", 0, NULL, "list the rules with their severities and exit", apply_action, COMMAND_LIST_RULES},
	{"replay", 0, "FILE", "read a capture (pcap, pcapng) or recorded observations (- for stdin) and exit",
	 apply_replay, COMMAND_REPLAY},
	{"diff", 0, "RULES", "with --replay of observations: only what the rules of RULES would add and remove",
	 apply_diff, COMMAND_REPLAY},
	{"explain", 0, "ID",
	 "say what an incident is and what would allow it, from the alerts in FILE... or [json], and exit",
	 apply_subject, COMMAND_EXPLAIN},
	{"learn", 0, "WHAT", "propose allowances from the last WHAT (7d) of FILE..., or all of file WHAT, and exit",
	 apply_subject, COMMAND_LEARN},
	{"version", 'V', NULL, "print the version and exit", apply_action, COMMAND_VERSION},
	{"help", 'h', NULL, "print this help and exit", apply_action, COMMAND_HELP},
};
#define OPTION_COUNT COUNT_OF(command_options)

static struct getopt_tables make_getopt_tables(void)
{
	struct getopt_tables tables;

	getopt_tables_begin(&tables);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct command_option *option = &command_options[i];
		getopt_tables_add(&tables, option->name, option->letter, option->argument != NULL, KEY_BASE + (int)i);
	}
	return tables;
}

/* The row of a value that getopt_long() gave, or NULL. */
static const struct command_option *find_option(int value)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (value == KEY_BASE + (int)i || (value > 0 && value == command_options[i].letter))
			return &command_options[i];
	}
	return NULL;
}

/* After getopt_long() gave '?' or ':' for `word`, an element of argv. */
static int refuse_option(int value, const char *word, struct command_line_error *error)
{
	const struct command_option *option = find_option(optopt);
	char letter = (char)optopt;
	char shown[SHOWN_SIZE];

	if (option && value == ':')
		return refuse(error, "--%s needs a value: %s", option->name, option->argument);
	if (option)
		return refuse(error, "--%s takes no value", option->name);
	if (optopt != 0) {
		text_escape(shown, sizeof(shown), &letter, 1);
		return refuse(error, "unknown option \"-%s\"", shown);
	}
	text_escape(shown, sizeof(shown), word, strlen(word));
	return refuse(error, "unknown or ambiguous option \"%s\"", shown);
}

/* What is left behind the options: names of files, for actions that read some. */
static int take_files(struct command_line *command, char *argv[], size_t count, struct command_line_error *error)
{
	char shown[SHOWN_SIZE];

	if (count > 0 && command->action != COMMAND_EXPLAIN && command->action != COMMAND_LEARN) {
		text_escape(shown, sizeof(shown), argv[0], strlen(argv[0]));
		return refuse(error, "unexpected argument \"%s\"", shown);
	}
	for (size_t i = 0; i < count; i++)
		if (*argv[i] == '\0')
			return refuse(error, "an argument is empty, and no name of a file");
	command->files = argv;
	command->file_count = count;
	return 0;
}

int command_line_parse(int argc, char *argv[], struct command_line *ret_command, struct command_line_error *ret_error)
{
	struct getopt_tables tables = make_getopt_tables();
	struct command_line command = {.action = COMMAND_RUN, .format = OUTPUT_TEXT};
	int value;

	/* 0, not 1: a GNU extension that also forgets where an earlier parse stood. */
	optind = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		const struct command_option *option = find_option(value);
		int error;

		if (value == '?' || value == ':')
			return refuse_option(value, argv[optind - 1], ret_error);
		error = option->apply(&command, option, optarg, ret_error);
		if (error)
			return error;
	}
	if (command.diff_path && command.action != COMMAND_REPLAY)
		return refuse(ret_error, "--diff is for --replay");
	if (command.action == COMMAND_REPLAY) {
		command.replay_more = argv + optind;
		command.replay_count = (size_t)(argc - optind);
	} else if (optind < argc) {
		int error = take_files(&command, argv + optind, (size_t)(argc - optind), ret_error);
		if (error)
			return error;
	}
	*ret_command = command;
	return 0;
}

static void print_options(FILE *stream)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct command_option *option = &command_options[i];
		getopt_tables_print(stream, option->name, option->letter, option->argument, 15, option->meaning);
	}
}

void command_line_print_help(FILE *stream)
{
	fputs("Usage: smtpwatchd [OPTION]... [FILE]...\n"
	      "\n"
	      "Watches outbound SMTP: which process, user and executable on this host connects to mail ports,\n"
	      "and raises an alert where one that is no mail server delivers straight to the world.\n"
	      "\n"
	      "Options:\n",
	      stream);
	print_options(stream);
	fputs("\nConfiguration keys, their defaults and meanings:\n", stream);
	config_print_options(stream);
	fputs("\n"
	      "Exit codes:\n"
	      "  0  done\n"
	      "  1  failed\n"
	      "  2  wrong usage or configuration\n"
	      "\n"
	      "Files:\n"
	      "  " CONFIG_DEFAULT_FILE "  the configuration; may be missing\n"
	      "  /etc/smtpwatch/mta.d/*.conf    more programs that may deliver mail\n"
	      "  /etc/smtpwatch/rules.d/*.conf  more rules, and changes to the shipped ones\n"
	      "  /etc/smtpwatch/replies.psv     more words by which receivers say that this host is blocked\n",
	      stream);
}
