// SPDX-License-Identifier: GPL-2.0-only
/* smtpwatchd: from the command line to the running daemon. */
#include "capture/capture.h"
#include "config/config.h"
#include "daemon/background.h"
#include "daemon/daemon.h"
#include "daemon/instance.h"
#include "daemon/outputs.h"
#include "daemon/replay.h"
#include "daemon/settings.h"
#include "explain/explain.h"
#include "explain/json_lines.h"
#include "explain/learn.h"
#include "identity/mta.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "sensor/sensor.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static int print_version(const struct command_line *command)
{
	(void)command;
	printf("smtpwatchd %s\n", SMTPWATCH_VERSION);
	return EXIT_DONE;
}

static int print_help(const struct command_line *command)
{
	(void)command;
	command_line_print_help(stdout);
	return EXIT_DONE;
}

static int load_lists(const struct command_line *command, struct mta_list **ret_list, struct rule_set **ret_rules)
{
	_cleanup_(cleanup_config_free) struct config *config = NULL;
	_cleanup_(cleanup_replies_free) struct replies *replies = NULL;
	struct ini_error problem = {.message = "out of memory"};

	if (settings_load_config(command, &config) != 0 || outputs_check(config) != 0)
		return EXIT_USAGE;
	if (mta_list_load(config->mta_directory, ret_list, &problem) != 0) {
		log_error("%s", problem.message);
		return EXIT_USAGE;
	}
	if (settings_load_replies(config, &replies) != 0)
		return EXIT_USAGE;
	return settings_load_rules(config, NULL, ret_rules) == 0 ? EXIT_DONE : EXIT_USAGE;
}

static int check_config(const struct command_line *command)
{
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = NULL;
	_cleanup_(cleanup_rule_set_free) struct rule_set *rules = NULL;

	int status = load_lists(command, &list, &rules);
	if (status == EXIT_DONE)
		printf("%s is valid\n", command->config_path ? command->config_path : "the configuration");
	return status;
}

static int list_mta(const struct command_line *command)
{
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = NULL;
	_cleanup_(cleanup_rule_set_free) struct rule_set *rules = NULL;

	int status = load_lists(command, &list, &rules);
	if (status == EXIT_DONE)
		mta_list_print(list, stdout);
	return status;
}

static int list_rules(const struct command_line *command)
{
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = NULL;
	_cleanup_(cleanup_rule_set_free) struct rule_set *rules = NULL;

	int status = load_lists(command, &list, &rules);
	if (status == EXIT_DONE)
		rule_set_print(rules, stdout);
	return status;
}

static int replay(const struct command_line *command)
{
	int error = replay_run(command);
	if (error == -EINVAL)
		return EXIT_USAGE;
	return error ? EXIT_FAILED : EXIT_DONE;
}

/* The exit status of an action that reads the files it was given and prints to standard output. */
static int status_of(int error)
{
	if (!error && fflush(stdout) != 0) {
		log_error("cannot write to standard output: %s", strerror(errno));
		return EXIT_FAILED;
	}
	if (error == -EINVAL || error == -ENOTUNIQ)
		return EXIT_USAGE;
	return error ? EXIT_FAILED : EXIT_DONE;
}

static int explain(const struct command_line *command)
{
	if (command->file_count == 0) {
		log_error("in which files are the alerts? --explain ID FILE..., or - for standard input");
		return EXIT_USAGE;
	}
	return status_of(explain_run(command->subject, command->files, command->file_count, stdout));
}

/* Of a period without files: those that [record] writes. Returns an exit status. */
static int learn_recorded(const struct command_line *command)
{
	_cleanup_(cleanup_config_free) struct config *config = NULL;
	size_t count;
	char **files;

	if (settings_load_config(command, &config) != 0)
		return EXIT_USAGE;
	if (!config->record_file) {
		log_error("nothing is recorded: [record] has no file, and --learn names none");
		return EXIT_USAGE;
	}
	int error = json_lines_find_rotated(config->record_file, &files, &count);
	if (error) {
		log_error("cannot read the file of [record]: %s", strerror(-error));
		return EXIT_FAILED;
	}
	int status = status_of(learn_run(command->subject, files, count, clock_wall_ns(), stdout));
	json_lines_free_files(files, count);
	return status;
}

static int learn(const struct command_line *command)
{
	uint64_t seconds;

	if (command->file_count == 0 && learn_parse_period(command->subject, &seconds))
		return learn_recorded(command);
	return status_of(learn_run(command->subject, command->files, command->file_count, clock_wall_ns(), stdout));
}

static int run(const struct command_line *given)
{
	/* In the background the working directory is another, and SIGHUP reads the file again. */
	_cleanup_free_ char *path = given->config_path ? realpath(given->config_path, NULL) : NULL;
	struct command_line command = *given;
	struct sensor_error problem;
	struct config *config;
	_cleanup_(cleanup_daemon_free) struct daemon *daemon = NULL;

	if (path)
		command.config_path = path;
	if (settings_load_config(&command, &config) != 0)
		return EXIT_USAGE;
	if (sensor_probe(&problem) != 0) {
		config_free(config);
		log_error("%s", problem.message);
		return EXIT_FAILED;
	}
	if (!command.foreground && background_fork() != 0) {
		config_free(config);
		log_error("cannot go into the background; --foreground does without");
		return EXIT_FAILED;
	}
	if (instance_lock() != 0) {
		config_free(config);
		return EXIT_FAILED;
	}
	int error = daemon_new(config, &command, &daemon);
	bool is_usage = error == -EINVAL;
	if (!error)
		error = daemon_run(daemon);
	instance_unlock();
	if (is_usage)
		return EXIT_USAGE;
	return error ? EXIT_FAILED : EXIT_DONE;
}

static int (*const actions[])(const struct command_line *command) = {
	[COMMAND_RUN] = run,           [COMMAND_CHECK_CONFIG] = check_config,
	[COMMAND_LIST_MTA] = list_mta, [COMMAND_LIST_RULES] = list_rules,
	[COMMAND_REPLAY] = replay,     [COMMAND_EXPLAIN] = explain,
	[COMMAND_LEARN] = learn,       [COMMAND_VERSION] = print_version,
	[COMMAND_HELP] = print_help,
};
static_assert(COUNT_OF(actions) == COMMAND_ACTION_COUNT, "something to do for each action");

int main(int argc, char *argv[])
{
	struct command_line command;
	struct command_line_error problem;

	if (argc == 4 && strcmp(argv[1], CAPTURE_ARGUMENT) == 0)
		return capture_process_main(argv[2], argv[3]);
	if (command_line_parse(argc, argv, &command, &problem) != 0) {
		log_error("%s", problem.message);
		return EXIT_USAGE;
	}
	if (command.debug)
		log_set_level(LOG_LEVEL_DEBUG);
	return actions[command.action](&command);
}
