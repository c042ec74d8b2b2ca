/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SMTPWATCH_LIB_ARRAY_H
#define SMTPWATCH_LIB_ARRAY_H

/* How many elements an array has. Not for pointers. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
