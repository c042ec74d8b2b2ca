/* SPDX-License-Identifier: GPL-2.0-only */
/* Which lines of events and alerts are wanted. */
#ifndef SMTPWATCH_CLIENT_FILTER_H
#define SMTPWATCH_CLIENT_FILTER_H

#include "lib/address.h"

#include <jansson.h>
#include <smtpwatch/alert.h>
#include <stdbool.h>
#include <stdint.h>

/* All zero: every line. Texts are borrowed, and compared with what is escaped. */
struct filter {
	const char *user;   /* name or number */
	const char *script; /* a part of its path, or of the executable's where there is no script; '*' is any text */
	uint64_t port;      /* 0: any */
	const char *destination; /* a part of its name; NULL: any, or a network */
	struct prefix network;
	bool has_network;
	const char *rule;
	enum alert_severity severity; /* at least */
};

bool filter_is_empty(const struct filter *filter);

/* Whether a line, an ECS object, has all that is asked for. */
bool filter_matches(const struct filter *filter, const json_t *line);

#endif
