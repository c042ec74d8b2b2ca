// SPDX-License-Identifier: GPL-2.0-only
/* A ClientHello: what its first bytes come to, all of it comes to. */
#include "capture/tls_hello.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static int read_name(const uint8_t *data, size_t size, char name[DIALOGUE_NAME_SIZE])
{
	/* Exactly as long, so that a byte too far is noticed. */
	uint8_t *copy = malloc(size > 0 ? size : 1);
	int result;

	require(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	memset(name, 'x', DIALOGUE_NAME_SIZE);
	result = tls_hello_server_name(copy, size, name);
	require(result == 0 || result == -EAGAIN || result == -EBADMSG);
	if (result == 0)
		require(memchr(name, '\0', DIALOGUE_NAME_SIZE) != NULL);
	else
		require(name[0] == 'x');
	if (size > 0 && result != -EBADMSG)
		require(tls_hello_begins(copy, size));
	free(copy);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char whole_name[DIALOGUE_NAME_SIZE];
	int whole = read_name(data, size, whole_name);
	size_t step = size / 64 + 1;

	for (size_t part = 0; part < size; part += step) {
		char name[DIALOGUE_NAME_SIZE];
		int result = read_name(data, part, name);

		require(result == -EAGAIN || result == whole);
		require(result != 0 || strcmp(name, whole_name) == 0);
	}
	return 0;
}
