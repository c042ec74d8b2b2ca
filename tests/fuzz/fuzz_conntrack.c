// SPDX-License-Identifier: GPL-2.0-only
/* An answer of the kernel's about a connection behind NAT. */
#include "identity/conntrack.h"

#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct endpoint_ends ends;
	void *copy = malloc(size ? size : 1); /* aligned, and ends where the answer does */

	EXPECT(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	EXPECT(conntrack_read_answer(copy, size, &ends) <= 0);
	free(copy);
	return 0;
}
