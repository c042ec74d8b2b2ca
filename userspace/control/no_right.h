/* SPDX-License-Identifier: GPL-2.0-only */
/* Why somebody may not connect to the control socket, and how he could. */
#ifndef SMTPWATCH_CONTROL_NO_RIGHT_H
#define SMTPWATCH_CONTROL_NO_RIGHT_H

#include <stddef.h>

/* Writes one sentence. Which group it takes is asked of the socket's file or, where that cannot be looked at, of its
 * directory. */
void no_right_explain(const char *path, char *reason, size_t size);

#endif
