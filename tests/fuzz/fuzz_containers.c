// SPDX-License-Identifier: GPL-2.0-only
/* What runtimes keep of a container: each in turn finds this file wherever it looks. The first line is the name of a
 * log of the kubelet's. */
#include "files.h"

#include "lib/roots.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>

static int open_part(const char *path, int flags);

#define open open_part
#define file_is_roots(uid, mode) ((void)(uid), (void)(mode), true) /* whoever runs this */
#include "identity/containers.c"
#undef open

#define ID "9b98bb265ea4c149d9a786380dd07716d341c3e925f2616040c6cd9ac8c4b75c"

static struct part description;

static int open_part(const char *path, int flags)
{
	EXPECT(strlen(path) < 2 * PATH_MAX);
	if (!(flags & O_DIRECTORY))
		return part_open(description);
	errno = ENOENT;
	return -1;
}

static void ask(const char *runtime)
{
	char name[CONTAINER_NAME_SIZE];
	char image[CONTAINER_IMAGE_SIZE];

	if (containers_name("", runtime, ID, name) == 0)
		EXPECT(name[0] && strnlen(name, sizeof(name)) < sizeof(name));
	if (containers_image("", runtime, ID, image) == 0)
		EXPECT(image[0] && strnlen(image, sizeof(image)) < sizeof(image));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *end = size ? memchr(bytes, '\n', size) : NULL;
	size_t length = end ? (size_t)(end - bytes) : size;
	char *link = strndup(size ? (const char *)bytes : "", length);
	char name[CONTAINER_NAME_SIZE];

	EXPECT(link);
	if (parse_log_link(link, ID, name))
		EXPECT(name[0] && strnlen(name, sizeof(name)) < sizeof(name));
	free(link);
	length += end != NULL;
	description = (struct part){bytes + length, size - length};
	ask("docker");
	ask("podman");
	return 0;
}
