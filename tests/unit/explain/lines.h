/* SPDX-License-Identifier: GPL-2.0-only */
/* Alert lines of a shop's website, and what comes of them. */
#ifndef SMTPWATCH_TESTS_EXPLAIN_LINES_H
#define SMTPWATCH_TESTS_EXPLAIN_LINES_H

#include "explain/explain.h"
#include "lib/cleanup.h"
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

DEFINE_CLEANUP(json_t, json_decref)
#define _cleanup_json_ _cleanup_(cleanup_json_decref)

static inline int set_utc(void **state)
{
	(void)state;
	if (setenv("TZ", "UTC", 1) != 0)
		return -1;
	tzset();
	return 0;
}

/* An alert of direct-to-mx. Owned by the caller. */
static inline json_t *shop_line(void)
{
	json_t *line = json_loads(
		"{\"@timestamp\":\"2026-11-22T03:12:05.000Z\","
		"\"event\":{\"kind\":\"alert\",\"action\":\"raised\",\"severity\":3,"
		"\"start\":\"2026-11-22T03:12:04.000Z\"},\"log\":{\"level\":\"high\"},"
		"\"rule\":{\"id\":\"direct-to-mx\"},"
		"\"process\":{\"pid\":4121,\"executable\":\"/usr/sbin/php-fpm8.2\"},"
		"\"user\":{\"id\":\"1042\",\"name\":\"shop42\"},\"destination\":{\"ip\":\"203.0.113.25\",\"port\":25},"
		"\"smtpwatch\":{\"unit\":\"php8.2-fpm.service\",\"script\":{\"path\":\"/var/www/shop42/x.php\"},"
		"\"incident\":\"k3x9ab\",\"count\":3}}",
		0, NULL);

	assert_non_null(line);
	return line;
}

/* Sets a value at "user.name"; takes ownership of it. */
static inline void set_at(json_t *line, const char *path, json_t *value)
{
	char name[64];
	size_t length;

	while (path[length = strcspn(path, ".")]) {
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		if (!json_object_get(line, name))
			json_object_set_new(line, name, json_object());
		line = json_object_get(line, name);
		path += length + 1;
	}
	assert_non_null(value);
	assert_int_equal(json_object_set_new(line, path, value), 0);
}

/* What is said about an array of lines, which is given up. Owned by the caller. */
static inline char *explanation_of(json_t *lines)
{
	_cleanup_json_ json_t *owned = lines;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(explain_incident(owned, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The same of one line, which is given up. */
static inline char *explanation_of_line(json_t *line)
{
	json_t *lines = json_array();

	assert_int_equal(json_array_append_new(lines, line), 0);
	return explanation_of(lines);
}

static inline void assert_says(const char *text, const char *expected)
{
	if (!strstr(text, expected))
		fail_msg("\"%s\" is not in:\n%s", expected, text);
}

/* The same, wherever the lines of the text are broken: `expected` has a blank there. */
static inline void assert_tells(const char *text, const char *expected)
{
	_cleanup_free_ char *joined = strdup(text);
	size_t length = 0;

	for (const char *at = text; *at; at++)
		if ((*at != ' ' && *at != '\n') || length == 0 || joined[length - 1] != ' ')
			joined[length++] = *at == '\n' ? ' ' : *at;
	joined[length] = '\0';
	if (!strstr(joined, expected))
		fail_msg("\"%s\" is not in:\n%s", expected, text);
}

static inline void assert_silent(const char *text, const char *unwanted)
{
	if (strstr(text, unwanted))
		fail_msg("\"%s\" is in:\n%s", unwanted, text);
}

#endif
