/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that show more about an incident. None of them changes anything. */
#ifndef SMTPWATCH_EXPLAIN_NEXT_STEPS_H
#define SMTPWATCH_EXPLAIN_NEXT_STEPS_H

#include "explain/incident.h"

#include <stdio.h>

/* Prints them, for the latest actor. A command is left out where what it names cannot be written for a shell. */
void next_steps_print(const struct incident *incident, FILE *out);

#endif
