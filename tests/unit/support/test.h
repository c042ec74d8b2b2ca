/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka, and the headers that it wants before it. */
#ifndef SMTPWATCH_TESTS_SUPPORT_TEST_H
#define SMTPWATCH_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Leaves the test, saying why. Not through cmocka's skip(): its TAP is "not ok # SKIP", which prove takes for a
 * failure. */
#define SKIP_UNLESS(condition, reason)                               \
	do {                                                         \
		if (!(condition)) {                                  \
			printf("# SKIP %s: %s\n", __func__, reason); \
			return;                                      \
		}                                                    \
	} while (0)

#endif
