/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading JSON objects as those who are told them do. */
#ifndef SMTPWATCH_TESTS_SINKS_JSON_H
#define SMTPWATCH_TESTS_SINKS_JSON_H

#include "hostile.h"

#include <jansson.h>

DEFINE_CLEANUP(json_t, json_decref)
#define _cleanup_json_ _cleanup_(cleanup_json_decref)

/* Writes the object as the sink does, one line, and reads it back. Takes ownership. */
static inline json_t *through_text(json_t *object)
{
	_cleanup_json_ json_t *owned = object;
	_cleanup_free_ char *line = owned ? json_dumps(owned, JSON_COMPACT) : NULL;
	json_error_t error;

	assert_non_null(line);
	assert_harmless(line, strlen(line));
	json_t *read = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	if (!read)
		fail_msg("%s: %s", error.text, line);
	return read;
}

/* The value at "user.name", or NULL. */
static inline json_t *at(json_t *object, const char *path)
{
	char name[64];

	while (object && *path) {
		size_t length = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		object = json_object_get(object, name);
		path += length + (path[length] == '.');
	}
	return object;
}

static inline void assert_json(json_t *object, const char *expected)
{
	_cleanup_json_ json_t *wanted = json_loads(expected, JSON_REJECT_DUPLICATES, NULL);
	_cleanup_free_ char *shown = json_dumps(object, JSON_SORT_KEYS | JSON_INDENT(1));

	assert_non_null(wanted);
	if (!json_equal(object, wanted))
		fail_msg("not as expected: %s", shown);
}

static inline void assert_text_at(json_t *object, const char *path, const char *expected)
{
	const char *text = json_string_value(at(object, path));

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static inline void assert_absent(json_t *object, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (at(object, paths[i]))
			fail_msg("%s is not known, and there", paths[i]);
}

static inline void assert_names(json_t *object, const char *expected)
{
	char names[256] = "";
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		strcat(names, name);
		strcat(names, " ");
	}
	assert_string_equal(names, expected);
}

static inline void assert_original(json_t *object, const char *path, const void *original, size_t size)
{
	const char *text = json_string_value(at(object, path));
	_cleanup_free_ char *value = malloc(text ? strlen(text) + 1 : 1);

	assert_true(text && value);
	assert_harmless(text, strlen(text));
	assert_int_equal(unescape(text, strlen(text), value), size);
	assert_memory_equal(value, original, size);
}

#endif
