/* SPDX-License-Identifier: GPL-2.0-only */
/* What smtpwatch can be asked to do. */
#ifndef SMTPWATCH_CLIENT_COMMANDS_H
#define SMTPWATCH_CLIENT_COMMANDS_H

#include "client/exit.h"

struct arguments;

enum client_command {
	CLIENT_TOP,
	CLIENT_EVENTS,
	CLIENT_ALERTS,
	CLIENT_STATUS,
	CLIENT_EXPLAIN,
	CLIENT_RELOAD,
	CLIENT_HELP,
	CLIENT_VERSION,
	CLIENT_COMMAND_COUNT,
};

struct client_command_row {
	const char *name;
	const char *argument; /* the one word that it takes; NULL: none */
	const char *meaning;
	enum client_exit (*run)(const struct arguments *arguments);
};

extern const struct client_command_row client_commands[CLIENT_COMMAND_COUNT];

enum client_exit command_top(const struct arguments *arguments);
enum client_exit command_events(const struct arguments *arguments);
enum client_exit command_alerts(const struct arguments *arguments);
enum client_exit command_status(const struct arguments *arguments);
enum client_exit command_explain(const struct arguments *arguments);
enum client_exit command_reload(const struct arguments *arguments);
enum client_exit command_help(const struct arguments *arguments);
enum client_exit command_version(const struct arguments *arguments);

#endif
