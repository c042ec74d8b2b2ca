// SPDX-License-Identifier: GPL-2.0-only
/* smtpwatchd: from the command line to the running daemon. */
#include "capture/capture.h"
#include "config/config.h"
#include "daemon/background.h"
#include "daemon/daemon.h"
#include "daemon/instance.h"
#include "daemon/outputs.h"
#include "daemon/replay.h"
#include "daemon/service.h"
#include "daemon/settings.h"
#include "explain/explain.h"
#include "explain/json_lines.h"
#include "explain/learn.h"
#include "identity/mta.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/version.h"
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

/* Files that a key of the configuration names, with the rotated ones. */
struct named_files {
	char **files; /* owned */
	size_t count;
};

static void free_named_files(struct named_files *named)
{
	json_lines_free_files(named->files, named->count);
}

/* `path` may be NULL. An exit status, after saying why it is not 0. */
static int find_named_files(const char *key, const char *path, struct named_files *ret_named)
{
	int error = path ? json_lines_find_rotated(path, &ret_named->files, &ret_named->count) : -EINVAL;

	if (error == -EINVAL)
		log_error("%s has no file, and the command line names none either", key);
	else if (error)
		log_error("cannot read the file of %s: %s", key, strerror(-error));
	return status_of(error);
}

static int explain(const struct command_line *command)
{
	_cleanup_(cleanup_config_free) struct config *config = NULL;
	_cleanup_(free_named_files) struct named_files alerts = {0};

	if (command->file_count > 0)
		return status_of(explain_run(command->subject, command->files, command->file_count, stdout));
	if (settings_load_config(command, &config) != 0)
		return EXIT_USAGE;
	int status = find_named_files("[json]", config->json_file, &alerts);
	return status == EXIT_DONE ? status_of(explain_run(command->subject, alerts.files, alerts.count, stdout))
				   : status;
}

/* Of a period without files: those that [record] writes, and the alerts that [json] does. Returns an exit status. */
static int learn_recorded(const struct command_line *command)
{
	_cleanup_(cleanup_config_free) struct config *config = NULL;
	_cleanup_(free_named_files) struct named_files records = {0};
	_cleanup_(free_named_files) struct named_files alerts = {0};

	if (settings_load_config(command, &config) != 0)
		return EXIT_USAGE;
	int status = find_named_files("[record]", config->record_file, &records);
	if (status != EXIT_DONE)
		return status;
	if (!config->json_file || json_lines_find_rotated(config->json_file, &alerts.files, &alerts.count) != 0)
		log_warning("no alert is known of those who are proposed: [json] has no file");
	const struct learn_files files = {
		.files = records.files,
		.file_count = records.count,
		.alert_files = alerts.files,
		.alert_file_count = alerts.count,
	};
	return status_of(learn_run_recorded(command->subject, &files, clock_wall_ns(), stdout));
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
	service_begin();
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

	if (argc == 2 && strcmp(argv[1], CAPTURE_ARGUMENT) == 0)
		return capture_process_main();
	log_for_journal();
	if (command_line_parse(argc, argv, &command, &problem) != 0) {
		log_error("%s", problem.message);
		return EXIT_USAGE;
	}
	if (command.debug)
		log_set_level(LOG_LEVEL_DEBUG);
	return actions[command.action](&command);
}
