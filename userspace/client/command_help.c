// SPDX-License-Identifier: GPL-2.0-only
#include "client/arguments.h"

enum client_exit command_help(const struct arguments *arguments)
{
	(void)arguments;
	arguments_print_help(stdout);
	return EXIT_DONE;
}
