// SPDX-License-Identifier: GPL-2.0-only
#include "lib/path.h"

#include <string.h>
#include <strings.h>

void path_join_components(const char *components, size_t size, char *ret_path)
{
	size_t end = size;
	size_t written = 0;

	while (end > 0) {
		size_t last = end - 1; /* the component's NUL */
		size_t start = last;
		while (start > 0 && components[start - 1] != '\0')
			start--;
		ret_path[written++] = '/';
		memcpy(ret_path + written, components + start, last - start);
		written += last - start;
		end = start;
	}
	ret_path[written] = '\0';
}

/* A path in the making: '/' and a name for each component, no NUL yet. */
struct builder {
	char *path;
	size_t size;
	size_t length;
};

static bool add_component(struct builder *builder, const char *name, size_t length)
{
	if (length == 0 || (length == 1 && name[0] == '.'))
		return true;
	if (length == 2 && name[0] == '.' && name[1] == '.') {
		while (builder->length > 0 && builder->path[--builder->length] != '/')
			;
		return true;
	}
	if (length + sizeof("/") > builder->size - builder->length)
		return false;
	builder->path[builder->length++] = '/';
	memcpy(builder->path + builder->length, name, length);
	builder->length += length;
	return true;
}

static bool add_components(struct builder *builder, const char *path, size_t size)
{
	while (size > 0) {
		const char *slash = memchr(path, '/', size);
		size_t length = slash ? (size_t)(slash - path) : size;
		if (!add_component(builder, path, length))
			return false;
		length += slash != NULL;
		path += length;
		size -= length;
	}
	return true;
}

bool path_resolve(const char *directory, const char *path, size_t path_size, char *ret_path, size_t size)
{
	struct builder builder = {.path = ret_path, .size = size};

	if (size < sizeof("/"))
		return false;
	if (path_size == 0 || path[0] != '/') {
		if (!directory || directory[0] != '/' || !add_components(&builder, directory, strlen(directory)))
			return false;
	}
	if (!add_components(&builder, path, path_size))
		return false;
	if (builder.length == 0)
		ret_path[builder.length++] = '/';
	ret_path[builder.length] = '\0';
	return true;
}

const char *path_file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

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
