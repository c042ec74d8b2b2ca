// SPDX-License-Identifier: GPL-2.0-only
#include "rules/paths.h"

#include <string.h>
#include <strings.h>

/* Drops the last component that was written. Returns the length that is left. */
static size_t step_back(const char *text, size_t length)
{
	while (length > 0 && text[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

const char *path_plain(const char *path, char text[PATH_PLAIN_SIZE])
{
	bool is_absolute = *path == '/';
	size_t length = 0;

	while (*path) {
		size_t size = strcspn(path, "/");
		bool is_first = length == 0 && !is_absolute;

		if (size == 2 && memcmp(path, "..", 2) == 0) {
			length = step_back(text, length);
		} else if (size > 0 && !(size == 1 && *path == '.')) {
			if (length + !is_first + size >= PATH_PLAIN_SIZE)
				break;
			if (!is_first)
				text[length++] = '/';
			memcpy(text + length, path, size);
			length += size;
		}
		path += size + (path[size] == '/');
	}
	text[length] = '\0';
	return text;
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const char *path_find_above(const char *path, const char *const *directories)
{
	char plain[PATH_PLAIN_SIZE];

	path_plain(path, plain);
	for (; *directories; directories++) {
		size_t length = strlen(*directories);
		if (strncmp(plain, *directories, length) == 0 && plain[length] == '/')
			return *directories;
	}
	return NULL;
}

static bool has_folder(const char *plain, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = plain, *slash; (slash = strchr(at, '/')); at = slash + 1)
		if ((size_t)(slash - at) == length && strncasecmp(at, name, length) == 0)
			return true;
	return false;
}

const char *path_find_folder(const char *path, const char *const *names)
{
	char plain[PATH_PLAIN_SIZE];

	path_plain(path, plain);
	for (; *names; names++)
		if (has_folder(plain, *names))
			return *names;
	return NULL;
}

const char *path_of_script(const struct script *script)
{
	if (!script || script->one_liner || !script->path)
		return NULL;
	if (script->source == SCRIPT_SOURCE_CWD || script->source == SCRIPT_SOURCE_FPM_POOL)
		return NULL;
	return script->path;
}
