/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of the whole watch, as man/smtpwatch-control.5 has it. The caller owns what is returned; NULL: no
 * memory. */
#ifndef SMTPWATCH_CONTROL_HEAD_JSON_H
#define SMTPWATCH_CONTROL_HEAD_JSON_H

#include "control/server.h"

#include <jansson.h>

/* Whole messages. */
json_t *head_json_of(const struct control_head *head, const struct ledger_totals *totals);
json_t *head_json_of_status(const struct control_head *head, const struct health *health);
json_t *head_json_of_greeting(const struct control_head *head);

#endif
