/* SPDX-License-Identifier: GPL-2.0-only */
/* The latest lines of events or alerts, and those to come. */
#ifndef SMTPWATCH_CLIENT_FOLLOW_H
#define SMTPWATCH_CLIENT_FOLLOW_H

#include "client/arguments.h"

struct follow_kind {
	const char *asked; /* what a subscription calls them: "alerts" */
	const char *told;  /* what a message of one has: "alert" */
	bool is_of_alerts;
};

enum client_exit follow_run(const struct arguments *arguments, const struct follow_kind *kind);

#endif
