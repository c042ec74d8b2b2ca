/* SPDX-License-Identifier: GPL-2.0-only */
/* A row, an alert and the help in words: texts of many lines, a name and what it is in each. */
#ifndef SMTPWATCH_VIEW_DETAILS_H
#define SMTPWATCH_VIEW_DETAILS_H

#include "view/picture.h"

#include <jansson.h>
#include <stdio.h>

/* All that is known of a row. `detail` is what the daemon said of it (the object "detail"), NULL: nothing yet. `now` is
 * the daemon's time. */
void details_write(const struct picture_row *row, const json_t *detail, double now, FILE *out);

/* The line of an alert, a name each. */
void details_write_alert(const json_t *alert, FILE *out);

/* Keys, verdicts and columns. */
void details_write_help(FILE *out);

#endif
