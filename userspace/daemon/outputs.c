// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/outputs.h"

#include "lib/array.h"
#include "lib/log.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const enum syslog_format syslog_formats[] = {
	[CONFIG_SYSLOG_RFC3164] = SYSLOG_RFC3164,
	[CONFIG_SYSLOG_RFC5424] = SYSLOG_RFC5424,
};
static_assert(COUNT_OF(syslog_formats) == CONFIG_SYSLOG_FORMAT_COUNT, "a format for each name");

/* As the service has it: syslog has the alerts, smtpwatch(1) shows all. */
static bool is_null_device(int fd)
{
	struct stat status, null;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && stat("/dev/null", &null) == 0 &&
	       status.st_rdev == null.st_rdev;
}

static int open_stdout(struct sinks *sinks, const struct config *config, const struct command_line *command)
{
	(void)config;
	if (!command->foreground || is_null_device(STDOUT_FILENO))
		return 0;
	return command->format == OUTPUT_JSON ? sinks_add_json_stdout(sinks) : sinks_add_text_stdout(sinks);
}

static int open_syslog(struct sinks *sinks, const struct config *config, const struct command_line *command)
{
	(void)command;
	if (!config->syslog_enabled)
		return 0;
	return sinks_add_syslog(sinks, config->syslog_socket, config->syslog_facility,
				syslog_formats[config->syslog_format]);
}

static int open_journal(struct sinks *sinks, const struct config *config, const struct command_line *command)
{
	(void)command;
	return config->journal_enabled ? sinks_add_journal(sinks, config->journal_socket, config->syslog_facility) : 0;
}

static int open_json_file(struct sinks *sinks, const struct config *config, const struct command_line *command)
{
	(void)command;
	return config->json_file ? sinks_add_json_file(sinks, config->json_file, config->json_flows) : 0;
}

int outputs_check(const struct config *config)
{
	char reason[COMMAND_REASON_SIZE];
	const char *objection = config->command ? command_check(config->command[0], reason) : NULL;

	if (objection)
		log_error("the command for alerts is refused: %s", objection);
	return objection ? -EINVAL : 0;
}

static int open_command(struct sinks *sinks, const struct config *config, const struct command_line *command)
{
	const struct command_options options = {
		.argv = config->command,
		.severity = config->command_severity,
		.timeout_seconds = config->command_timeout_seconds,
		.at_once = config->command_at_once,
	};

	(void)command;
	if (!config->command)
		return 0;
	int error = outputs_check(config);
	return error ? error : sinks_add_command(sinks, &options);
}

/* Each opens nothing where it is not asked for. */
static int (*const openers[])(struct sinks *sinks, const struct config *config, const struct command_line *command) = {
	open_stdout, open_syslog, open_journal, open_json_file, open_command,
};
static_assert(COUNT_OF(openers) <= SINKS_MAX, "room for all");

int outputs_open(const struct config *config, const struct command_line *command, struct sinks **ret_sinks)
{
	_cleanup_(cleanup_sinks_free) struct sinks *sinks = sinks_new();
	if (!sinks)
		return -ENOMEM;
	for (size_t i = 0; i < COUNT_OF(openers); i++) {
		int error = openers[i](sinks, config, command);
		if (error)
			return error;
	}
	*ret_sinks = TAKE_PTR(sinks);
	return 0;
}

static bool texts_differ(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) != 0 : left != right;
}

static bool commands_differ(char *const *left, char *const *right)
{
	if (!left || !right)
		return left != right;
	while (*left && *right && strcmp(*left, *right) == 0) {
		left++;
		right++;
	}
	return *left || *right;
}

bool outputs_differ(const struct config *old, const struct config *new)
{
	return old->syslog_enabled != new->syslog_enabled || old->syslog_facility != new->syslog_facility ||
	       old->syslog_format != new->syslog_format || texts_differ(old->syslog_socket, new->syslog_socket) ||
	       old->journal_enabled != new->journal_enabled || texts_differ(old->journal_socket, new->journal_socket) ||
	       texts_differ(old->json_file, new->json_file) || old->json_flows != new->json_flows ||
	       commands_differ(old->command, new->command) || old->command_severity != new->command_severity ||
	       old->command_timeout_seconds != new->command_timeout_seconds ||
	       old->command_at_once != new->command_at_once;
}
