/* SPDX-License-Identifier: GPL-2.0-only */
/* In a build that counts the lines that are run (COVERAGE=1), a process of the test that ends by _exit() writes down
 * what it has counted first. To be included by a test's own file, once. */
#ifndef SMTPWATCH_TESTS_SUPPORT_COUNTED_EXIT_H
#define SMTPWATCH_TESTS_SUPPORT_COUNTED_EXIT_H

#ifdef SMTPWATCH_COVERAGE

#include <sys/syscall.h>
#include <unistd.h>

void __gcov_dump(void); /* GCC's manual, "Profiling and Test Coverage in Freestanding Environments" */

void _exit(int status)
{
	__gcov_dump();
	syscall(SYS_exit_group, status);
	__builtin_unreachable();
}

#endif

#endif
