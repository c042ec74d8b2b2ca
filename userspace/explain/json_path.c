// SPDX-License-Identifier: GPL-2.0-only
#include "explain/json_path.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE 64

const json_t *json_path_at(const json_t *line, const char *path)
{
	char name[NAME_SIZE];

	while (line && *path) {
		size_t length = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		line = json_object_get(line, name);
		path += length + (path[length] == '.');
	}
	return line;
}

const char *json_path_text(const json_t *line, const char *path)
{
	const json_t *value = json_path_at(line, path);
	const char *text = json_string_value(value);

	return text && *text && strlen(text) == json_string_length(value) ? text : NULL;
}

uint64_t json_path_number(const json_t *line, const char *path)
{
	json_int_t number = json_integer_value(json_path_at(line, path));

	return number > 0 ? (uint64_t)number : 0;
}

bool json_path_flag(const json_t *line, const char *path)
{
	return json_is_true(json_path_at(line, path));
}
