/* SPDX-License-Identifier: GPL-2.0-only */
/* With what smtpwatch ends. --help and man/smtpwatch.1 have the same. */
#ifndef SMTPWATCH_CLIENT_EXIT_H
#define SMTPWATCH_CLIENT_EXIT_H

enum client_exit {
	EXIT_DONE,
	EXIT_BAD_ANSWER,
	EXIT_USAGE,
	EXIT_NO_DAEMON,
	EXIT_COUNT,
};

static const char *const exit_meanings[] = {
	[EXIT_DONE] = "done",
	[EXIT_BAD_ANSWER] = "something is blind, the reload was refused, there is no such incident",
	[EXIT_USAGE] = "wrong usage",
	[EXIT_NO_DAEMON] = "no daemon, no right to ask it, or it was lost",
};
_Static_assert(sizeof(exit_meanings) / sizeof(exit_meanings[0]) == EXIT_COUNT, "a meaning for each");

#endif
