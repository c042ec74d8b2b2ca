/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Owned locals: a variable marked with one of these gives back what it holds when its scope is left,
 * whichever way. What is to outlive the scope leaves it through TAKE_PTR or TAKE_FD.
 */
#ifndef SMTPWATCH_LIB_CLEANUP_H
#define SMTPWATCH_LIB_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Defines the function that _cleanup_(cleanup_<free_function>) calls. */
#define DEFINE_CLEANUP(type, free_function)                        \
	static inline void cleanup_##free_function(type **pointer) \
	{                                                          \
		if (*pointer)                                      \
			free_function(*pointer);                   \
	}

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* A descriptor that owns nothing is -1. */
static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

DEFINE_CLEANUP(FILE, fclose)

#define TAKE_PTR(pointer)                               \
	({                                              \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})

#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

#endif
