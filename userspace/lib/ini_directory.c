// SPDX-License-Identifier: GPL-2.0-only
#include "lib/ini_directory.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIX ".conf"

static int is_configuration(const struct dirent *file)
{
	size_t length = strlen(file->d_name);
	size_t suffix = strlen(SUFFIX);

	return file->d_name[0] != '.' && length > suffix && strcmp(file->d_name + length - suffix, SUFFIX) == 0;
}

static int compare_names(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

int ini_directory_read(const char *directory, int (*take)(void *context, const char *path, struct ini_error *ret_error),
		       void *context, struct ini_error *ret_error)
{
	struct dirent **files;
	int count = scandir(directory, &files, is_configuration, compare_names);
	char shown[INI_SHOWN_SIZE];
	int error = 0;

	if (count < 0 && errno == ENOENT)
		return 0;
	if (count < 0) {
		error = -errno;
		snprintf(ret_error->message, sizeof(ret_error->message), "cannot read %s: %s",
			 ini_show(shown, directory, strlen(directory)), strerror(-error));
		return error;
	}
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s", directory, files[i]->d_name);
		if (!error)
			error = take(context, path, ret_error);
		free(files[i]);
	}
	free(files);
	return error;
}
