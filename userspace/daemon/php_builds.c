// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/php_builds.h"

#include "lib/text.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct php_build_seen *find_or_add(struct php_builds *builds, const char *path)
{
	for (size_t i = 0; i < builds->count; i++)
		if (strcmp(builds->builds[i].path, path) == 0)
			return &builds->builds[i];
	if (builds->count == PHP_BUILDS_MAX) {
		builds->left_out++;
		return NULL;
	}
	struct php_build_seen *build = &builds->builds[builds->count++];
	snprintf(build->path, sizeof(build->path), "%s", path);
	return build;
}

void php_builds_note(struct php_builds *builds, uint32_t pid, enum php_reading reading, const char *why)
{
	char link[sizeof("/proc/4294967295/exe")];
	char target[PATH_MAX];
	char path[PHP_BUILD_PATH_SIZE];

	snprintf(link, sizeof(link), "/proc/%u/exe", pid);
	ssize_t size = readlink(link, target, sizeof(target));
	if (size <= 0)
		return; /* its next start will tell */
	text_escape(path, sizeof(path), target, (size_t)size);
	struct php_build_seen *build = find_or_add(builds, path);
	if (!build)
		return;
	build->reading = reading;
	build->why = why;
}
