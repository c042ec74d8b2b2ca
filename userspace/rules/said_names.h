/* SPDX-License-Identifier: GPL-2.0-only */
/* Which distinct names were said within a window. Of more than there is room for, the latest. */
#ifndef SMTPWATCH_RULES_SAID_NAMES_H
#define SMTPWATCH_RULES_SAID_NAMES_H

#include <stddef.h>
#include <stdint.h>

#define SAID_NAMES_MAX 8
#define SAID_NAME_SIZE 64 /* what is longer is told apart by its beginning */

/* All zero: nothing was said. */
struct said_names {
	struct {
		char text[SAID_NAME_SIZE];
		uint64_t seen_ns;
	} entries[SAID_NAMES_MAX]; /* the latest last */
	size_t count;
};

/* Takes in a name. Those last said longer than `window_ns` before are dropped. */
void said_names_add(struct said_names *names, const char *name, uint64_t now_ns, uint64_t window_ns);

#endif
