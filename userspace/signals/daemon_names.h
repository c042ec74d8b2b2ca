/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that servers' daemons and kernel threads have, and malware takes. */
#ifndef SMTPWATCH_SIGNALS_DAEMON_NAMES_H
#define SMTPWATCH_SIGNALS_DAEMON_NAMES_H

#include <stdbool.h>

enum daemon_kind {
	DAEMON,
	DAEMON_WORD, /* the name is also what people call things of their own */
	KERNEL_THREAD,
};

/* Words end with NULL; one that ends with '*' is the beginning of a word. */
struct daemon_name {
	enum daemon_kind kind;
	const char *const *names;
	const char *const *executables; /* files, by their own name, that bear it; NULL: nothing with a memory does */
};

/* NULL: no such name. */
const struct daemon_name *daemon_name_find(const char *text);

bool daemon_name_is_borne_by(const struct daemon_name *name, const char *executable);

#endif
