/* SPDX-License-Identifier: GPL-2.0-only */
/* What an interpreter was told to run, read from its arguments as it would read them itself. */
#ifndef SMTPWATCH_IDENTITY_INTERPRETERS_H
#define SMTPWATCH_IDENTITY_INTERPRETERS_H

#include <stdbool.h>
#include <stddef.h>

/* `text` points into the argv that was read; no NUL need stand behind it. */
struct interpreter_script {
	const char *text; /* the script as it was given; of a one-liner the program, or the module of python -m */
	size_t size;      /* never 0 */
	bool one_liner;
	bool cut;           /* `text` lost its end */
	bool may_be_longer; /* node and its like: the file's name may have a suffix that `text` has not */
};

/*
 * `executable` is the path of the file that runs, or its name; what argv[0] says is believed only by busybox,
 * which goes by it too. `argv` is any bytes, NUL between arguments; `argv_cut` says that its end is missing.
 * False: no interpreter, or one that reads from its input, or what it runs is not in the arguments.
 */
bool interpreter_read_argv(const char *executable, const char *argv, size_t argv_size, bool argv_cut,
			   struct interpreter_script *ret_script);

/* Whether the executable's name is one of PHP's, or of a shell's. */
bool interpreter_is_php(const char *executable);
bool interpreter_is_shell(const char *executable);

#endif
