/* SPDX-License-Identifier: GPL-2.0-only */
/* Which version this is: the Makefile's -D says. */
#ifndef SMTPWATCH_LIB_VERSION_H
#define SMTPWATCH_LIB_VERSION_H

#ifndef SMTPWATCH_VERSION
#define SMTPWATCH_VERSION "unknown"
#endif

#endif
