// SPDX-License-Identifier: GPL-2.0-only
#include "client/commands.h"

#include <stdio.h>

enum client_exit command_version(const struct arguments *arguments)
{
	(void)arguments;
	printf("smtpwatch %s\n", SMTPWATCH_VERSION);
	return EXIT_DONE;
}
