/* SPDX-License-Identifier: GPL-2.0-only */
/* What would allow an incident, from narrow to wide, and what each of that would let through as well. */
#ifndef SMTPWATCH_EXPLAIN_PROPOSALS_H
#define SMTPWATCH_EXPLAIN_PROPOSALS_H

#include "explain/incident.h"

#include <stdio.h>

#define PROPOSAL_DAYS 90 /* what is allowed is looked at again after these */

/* Prints sections for the latest actor, or why there are none. */
void proposals_print(const struct incident *incident, FILE *out);

#endif
