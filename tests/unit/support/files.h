/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that a test makes of others. */
#ifndef SMTPWATCH_TESTS_SUPPORT_FILES_H
#define SMTPWATCH_TESTS_SUPPORT_FILES_H

#include "lib/cleanup.h"

#include <fcntl.h>
#include <stdbool.h>

/* An executable copy. */
static inline bool copy_file(const char *from, const char *to)
{
	_cleanup_close_ int source = open(from, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int target = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t size = -1;

	while (source >= 0 && target >= 0 && (size = read(source, buffer, sizeof(buffer))) > 0)
		if (write(target, buffer, (size_t)size) != size)
			return false;
	return size == 0;
}

#endif
