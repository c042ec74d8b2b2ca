// SPDX-License-Identifier: GPL-2.0-only
#include "lib/path.h"

#include <string.h>

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
