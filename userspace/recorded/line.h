/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside recorded/: what the rules are asked, as a line. smtpwatch-observations(5) says what stands in it. */
#ifndef SMTPWATCH_RECORDED_LINE_H
#define SMTPWATCH_RECORDED_LINE_H

#include "lib/cleanup.h"
#include "model/model.h"

#include <smtpwatch/observation.h>
#include <stddef.h>

#define RECORDED_LINE_MAX 65536 /* with its end; what does not fit is not recorded, and what is longer is not read */

/* Keeps how actors were written last: a line of one that is known takes it over as it is. */
struct line_writer;

/* NULL: no memory. */
struct line_writer *line_writer_new(void);
void line_writer_free(struct line_writer *writer);
DEFINE_CLEANUP(struct line_writer, line_writer_free)

/* Which host it is that all lines from now on are of: as rules know it; NULL: not known. Copied. */
void line_writer_set_host(struct line_writer *writer, const char *name);

/* Writes a line with its end, '\n', and no NUL. The change has an actor. Returns its length, or 0 where it has no room,
 * or where there is no memory. */
size_t line_write(struct line_writer *writer, const struct observation *observation, const struct model_change *change,
		  char *text, size_t size);

#endif
