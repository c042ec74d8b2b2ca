// SPDX-License-Identifier: GPL-2.0-only
/* smtpwatch: asks the daemon. */
#include "client/arguments.h"
#include "client/print.h"

#include <errno.h>
#include <locale.h>

int main(int argc, char *argv[])
{
	struct arguments arguments;
	struct arguments_error error;
	enum client_exit result;

	setlocale(LC_CTYPE, "");
	if (arguments_parse(argc, argv, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO), &arguments, &error)) {
		complain("%s", error.message);
		return EXIT_USAGE;
	}
	result = client_commands[arguments.command].run(&arguments);
	int written = print_flush();
	return written && written != -EPIPE ? EXIT_NO_DAEMON : (int)result;
}
