// SPDX-License-Identifier: GPL-2.0-only
#include "explain/json_lines.h"

#include "lib/cleanup.h"
#include "lib/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define FILES_MAX 10000
#define ESCAPE_SIZE (sizeof("\\ud800") - 1)

DEFINE_CLEANUP(json_t, json_decref)

/* Reads up to the end of the line; what is longer than `text` is dropped. False: the stream is at its end. */
static bool next_line(FILE *stream, char text[JSON_LINE_MAX], size_t *ret_size)
{
	size_t size = 0;
	int byte;

	while ((byte = getc_unlocked(stream)) != EOF && byte != '\n') {
		if (size < JSON_LINE_MAX)
			text[size] = (char)byte;
		size++;
	}
	*ret_size = size;
	return byte != EOF || size > 0;
}

/* Whether the escape, of which `rest` bytes are there, is one half of a pair of surrogates: "\\ud", and of the high
 * ones 8 to b, of the low ones c to f. */
static bool is_surrogate(const char *escape, size_t rest, const char *thirds)
{
	return rest >= ESCAPE_SIZE && (escape[2] == 'd' || escape[2] == 'D') && escape[3] && strchr(thirds, escape[3]);
}

/*
 * Recorded observations have a lone surrogate for a byte that is no part of valid UTF-8, which jansson refuses: who may
 * choose a byte of his name must not thereby choose that his lines are passed over. A control character takes its
 * place, so that what has one is nowhere taken for what was seen.
 */
static void replace_lone_surrogates(char *text, size_t size)
{
	static const char substitute[] = {'0', '0', '1', 'a'};

	for (size_t i = 0; i + 1 < size; i++) {
		if (text[i] != '\\')
			continue;
		size_t rest = size - i;
		bool is_high = text[i + 1] == 'u' && is_surrogate(text + i, rest, "89abAB");
		bool is_low = text[i + 1] == 'u' && is_surrogate(text + i, rest, "cdefCDEF");
		if (is_high && rest >= 2 * ESCAPE_SIZE && text[i + ESCAPE_SIZE] == '\\' &&
		    text[i + ESCAPE_SIZE + 1] == 'u' &&
		    is_surrogate(text + i + ESCAPE_SIZE, rest - ESCAPE_SIZE, "cdefCDEF"))
			i += 2 * ESCAPE_SIZE - 1;
		else if (is_high || is_low)
			memcpy(text + i + 2, substitute, sizeof(substitute));
		else
			i++;
	}
}

static json_t *parse_line(char *text, size_t size)
{
	static const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
	json_t *line = json_loadb(text, size, flags, NULL);

	if (line)
		return line;
	replace_lone_surrogates(text, size);
	return json_loadb(text, size, flags, NULL);
}

static int take_line(struct json_lines *lines, char *text, size_t size, json_line_taker take, void *context)
{
	_cleanup_(cleanup_json_decref) json_t *line = NULL;

	lines->lines++;
	if (size <= JSON_LINE_MAX) {
		if (size == 0 || (lines->wanted && !memmem(text, size, lines->wanted, strlen(lines->wanted))))
			return 0;
		line = parse_line(text, size);
	}
	if (!json_is_object(line)) {
		lines->bad++;
		return 0;
	}
	return take(context, line);
}

int json_lines_read(struct json_lines *lines, FILE *stream, json_line_taker take, void *context)
{
	_cleanup_free_ char *text = malloc(JSON_LINE_MAX);
	size_t size;

	if (!text)
		return -ENOMEM;
	while (next_line(stream, text, &size)) {
		int error = take_line(lines, text, size, take, context);
		if (error)
			return error;
	}
	return ferror(stream) ? -EIO : 0;
}

int json_lines_read_file(struct json_lines *lines, const char *path, json_line_taker take, void *context)
{
	if (strcmp(path, "-") == 0)
		return json_lines_read(lines, stdin, take, context);
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	if (!stream)
		return -errno;
	return json_lines_read(lines, stream, take, context);
}

void json_lines_free_files(char **files, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(files[i]);
	free(files);
}

/* How many there are: FILE alone is 1. */
static size_t count_rotated(const char *path, char *name, size_t size)
{
	size_t count = 0;

	if (access(path, F_OK) != 0)
		return 0;
	do
		snprintf(name, size, "%s.%zu", path, ++count);
	while (count < FILES_MAX && access(name, F_OK) == 0);
	return count;
}

int json_lines_find_rotated(const char *path, char ***ret_files, size_t *ret_count)
{
	size_t size = strlen(path) + sizeof(".18446744073709551615");
	_cleanup_free_ char *name = malloc(size);
	size_t count = name ? count_rotated(path, name, size) : 0;

	if (name && count == 0)
		return -ENOENT;
	char **files = name ? calloc(count, sizeof(*files)) : NULL;
	if (!files)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		size_t age = count - 1 - i;
		if (age)
			snprintf(name, size, "%s.%zu", path, age);
		files[i] = strdup(age ? name : path);
		if (!files[i]) {
			json_lines_free_files(files, i);
			return -ENOMEM;
		}
	}
	*ret_files = files;
	*ret_count = count;
	return 0;
}

void json_lines_tell(const struct json_lines *lines)
{
	if (lines->bad)
		log_warning("%" PRIu64 " line%s no JSON %s and left out", lines->bad,
			    lines->bad == 1 ? " was" : "s were", lines->bad == 1 ? "object" : "objects");
}
