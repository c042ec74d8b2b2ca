/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies of structs that point to texts, in one block of memory. */
#ifndef SMTPWATCH_LIB_COPY_H
#define SMTPWATCH_LIB_COPY_H

#include <stddef.h>

/*
 * A copy of `source`, which has `size` bytes, and of the texts that it points to; free() gives back all of it.
 * `offsets` says where in the struct its `count` char pointers are; NULL ones stay NULL. NULL: no memory.
 */
void *copy_with_texts(const void *source, size_t size, const size_t *offsets, size_t count);

#endif
