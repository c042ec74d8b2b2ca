/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects of the protocol -> what is shown. Types are checked, numbers clamped, texts cut. */
#ifndef SMTPWATCH_VIEW_PICTURE_READ_H
#define SMTPWATCH_VIEW_PICTURE_READ_H

#include "view/picture.h"

#include <errno.h>

/* All of them: 0; -EBADMSG, something is not as it should be, and the rest is taken; -ENOMEM. What is absent is not
 * known any more. */

/* Its children, number and whether it is expanded stay as they are. */
int picture_read_row(struct picture_row *row, const json_t *object);
int picture_read_flow(struct picture_row *row, const json_t *object);
int picture_read_head(struct picture_head *head, const json_t *object);

/* The number at `key`, or 0 where there is none. */
uint64_t picture_read_number(const json_t *object, const char *key);

/* The first error stays, but that no memory is the worst. */
static inline void picture_note_error(int *error, int other)
{
	if (!*error || other == -ENOMEM)
		*error = other;
}

/* Frees the texts. */
void picture_release_row(struct picture_row *row);
void picture_release_head(struct picture_head *head);

#endif
