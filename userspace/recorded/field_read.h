/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside recorded/: from the value of a field to where it lies. */
#ifndef SMTPWATCH_RECORDED_FIELD_READ_H
#define SMTPWATCH_RECORDED_FIELD_READ_H

#include "recorded/fields.h"
#include "recorded/lexer.h"
#include "recorded/words.h"

/* Of all kinds but FIELD_OBJECT and FIELD_ANCESTORS; a constant is passed over. Texts are kept in the lexer's room. 0
 * or -EINVAL. */
int recorded_field_read(struct lexer *lexer, const struct words *words, const struct field *field, void *target);

#endif
