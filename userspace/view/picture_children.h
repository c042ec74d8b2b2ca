/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown below a row. */
#ifndef SMTPWATCH_VIEW_PICTURE_CHILDREN_H
#define SMTPWATCH_VIEW_PICTURE_CHILDREN_H

#include "view/picture.h"

/* Takes them of a message `children`, at most PROTOCOL_CHILDREN_MAX, in place of those that are there. What was below
 * one stays there until it comes anew. 0, -EBADMSG or -ENOMEM as picture_take(). */
int picture_read_children(struct picture_row *parent, const json_t *message);

/* Or NULL. */
struct picture_row *picture_find_child(const struct picture_row *parent, uint64_t number);

void picture_release_children(struct picture_row *row);

#endif
