/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that the code of a target reads, with what the fuzzer says in them. A target whose code opens files by paths of
 * its own, as those of /proc, includes that code with open() and its like defined to be the target's.
 */
#ifndef SMTPWATCH_TESTS_FUZZ_FILES_H
#define SMTPWATCH_TESTS_FUZZ_FILES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define EXPECT(condition)         \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

/* Bytes of the input. */
struct part {
	const uint8_t *bytes;
	size_t size;
};

/* Takes what stands in front of the next NUL off; all where there is none. */
static inline struct part part_take(struct part *rest)
{
	const uint8_t *end = rest->size ? memchr(rest->bytes, '\0', rest->size) : NULL;
	struct part part = {rest->bytes, end ? (size_t)(end - rest->bytes) : rest->size};
	size_t step = part.size + (end != NULL);

	*rest = (struct part){rest->bytes + step, rest->size - step};
	return part;
}

/* A file that can be read from its start. The caller closes it. */
static inline int part_open(struct part part)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	EXPECT(fd >= 0);
	EXPECT(part.size == 0 || pwrite(fd, part.bytes, part.size, 0) == (ssize_t)part.size);
	return fd;
}

#endif
