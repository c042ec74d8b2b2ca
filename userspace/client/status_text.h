/* SPDX-License-Identifier: GPL-2.0-only */
/* The answer of `status` for people. */
#ifndef SMTPWATCH_CLIENT_STATUS_TEXT_H
#define SMTPWATCH_CLIENT_STATUS_TEXT_H

#include "client/exit.h"
#include "client/print.h"

#include <jansson.h>
#include <stdio.h>

/* Prints the checks of a status, aligned, below a line that sums them up. `host` may be NULL. */
void status_text_print(const struct print_style *style, const char *host, const json_t *status, FILE *out);

/* Whether something is blind. */
enum client_exit status_exit(const json_t *status);

#endif
