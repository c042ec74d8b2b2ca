/* SPDX-License-Identifier: GPL-2.0-only */
/* How a client or a trick ends that did not do what it is for. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_CANNOT 77 /* this kernel does not have it; the reason is on stderr */

/* Ends the program: with the call's name and errno, or because the kernel lacks it. */
static inline _Noreturn void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static inline _Noreturn void cannot(const char *why)
{
	fprintf(stderr, "%s: %s\n", why, strerror(errno));
	exit(EXIT_CANNOT);
}

#endif
