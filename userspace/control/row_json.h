/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows and flows of the ledger as man/smtpwatch-control.5 has them. Text is escaped. The caller owns what is returned;
 * NULL: no memory. */
#ifndef SMTPWATCH_CONTROL_ROW_JSON_H
#define SMTPWATCH_CONTROL_ROW_JSON_H

#include <jansson.h>
#include <smtpwatch/ledger.h>

json_t *row_json_of(const struct ledger_row *row);
json_t *row_json_of_flow(const struct ledger_flow *flow);

/* All that is known of a row, but the lines of its alerts. */
json_t *row_json_of_detail(const struct ledger_row *row);

json_t *row_json_of_counts(const struct ledger_counts *counts);

/* Attempts in stretches of time, the newest first. */
json_t *row_json_of_stretches(uint64_t newest, const uint32_t *counts, size_t count);

/* Seconds with a fraction, of a time since 1970 or of a duration. */
void row_json_put_time(json_t *object, const char *name, uint64_t wall_ns);

#endif
