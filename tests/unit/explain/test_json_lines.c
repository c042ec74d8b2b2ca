// SPDX-License-Identifier: GPL-2.0-only
#include "explain/json_lines.h"

#include "lines.h"

#include <errno.h>
#include <unistd.h>

static int count_line(void *context, const json_t *line)
{
	size_t *count = context;

	assert_true(json_is_object(line));
	return ++*count == 100 ? -ECANCELED : 0;
}

/* Reads a text; returns what reading it did. */
static int read_text(const char *text, size_t size, struct json_lines *lines, size_t *ret_taken)
{
	_cleanup_fclose_ FILE *stream = fmemopen((char *)(uintptr_t)text, size, "r");

	assert_non_null(stream);
	*ret_taken = 0;
	return json_lines_read(lines, stream, count_line, ret_taken);
}

static void test_lines(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		uint64_t lines;
		uint64_t bad;
		size_t taken;
	} cases[] = {
#define TEXT(literal) literal, sizeof(literal) - 1
		{TEXT("{}\n"), 1, 0, 1},
		{TEXT("{}"), 1, 0, 1},
		{TEXT("{}\n\n{}\n"), 3, 0, 2},
		{TEXT("{}\r\n{}\r\n"), 2, 0, 2},
		{TEXT("{}\n{\"a\":"), 2, 1, 1},
		{TEXT("{}{}\n[]\n7\nnull\n"), 4, 4, 0},
		{TEXT("{\"a\":\"\0\"}\n\0\n"), 2, 2, 0},
		{TEXT("{\"a\":\"\\u0000\"}\n"), 1, 0, 1},
		{TEXT("{\"a\":\"\\udc80\\uDCFFx\\ud83d\\ude00\\\\udc80\"}\n"), 1, 0, 1},
		{TEXT("{\"a\":\"\\ud83d\"}\n{\"a\":\"\\ud83d\\u0041\"}\n"), 2, 0, 2},
		{TEXT("{\"a\":\"\\udc8\n{\\udc80\n\\"), 3, 3, 0},
		{TEXT("{\"a\":1,\"a\":2}\n"), 1, 1, 0},
		{TEXT("{\"a\":\"\xff\"}\n"), 1, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_lines lines = {0};
		size_t taken;
		assert_int_equal(read_text(cases[i].text, cases[i].size, &lines, &taken), 0);
		assert_int_equal(lines.lines, cases[i].lines);
		assert_int_equal(lines.bad, cases[i].bad);
		assert_int_equal(taken, cases[i].taken);
	}
}

static int compare_text(void *context, const json_t *line)
{
	const char *text = json_string_value(json_object_get(line, "a"));

	assert_non_null(text);
	assert_string_equal(text, context);
	return 0;
}

/* What stands for a byte that was no text is no text either; pairs, and what only looks like an escape, are left. */
static void test_lone_surrogates(void **state)
{
	static char text[] = "{\"a\":\"\\udc80x\\ud83d\\ude00\\\\udc80\\uD83D\"}\n";
	_cleanup_fclose_ FILE *stream = fmemopen(text, sizeof(text) - 1, "r");
	struct json_lines lines = {0};

	(void)state;
	assert_int_equal(json_lines_read(&lines, stream, compare_text, (char *)"\x1ax\xf0\x9f\x98\x80\\udc80\x1a"), 0);
	assert_int_equal(lines.bad, 0);
}

static void test_wanted(void **state)
{
	static const char text[] = "{\"a\":\"k3x\"}\nno JSON\nk3x, and none\n{}\n";
	struct json_lines lines = {.wanted = "k3x"};
	size_t taken;

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1, &lines, &taken), 0);
	assert_int_equal(lines.lines, 4);
	assert_int_equal(lines.bad, 1);
	assert_int_equal(taken, 1);
}

/* A line as long as is allowed, and one that is longer, of which nothing is kept and behind which it goes on. */
static void test_long_lines(void **state)
{
	size_t size = 4 * JSON_LINE_MAX;
	_cleanup_free_ char *text = malloc(size);
	struct json_lines lines = {0};
	size_t taken;

	(void)state;
	memset(text, ' ', size);
	memcpy(text, "{}", 2);
	text[JSON_LINE_MAX] = '\n';
	memcpy(text + JSON_LINE_MAX + 1, "{}", 2);
	memcpy(text + size - 3, "\n{}", 3);
	assert_int_equal(read_text(text, size, &lines, &taken), 0);
	assert_int_equal(lines.lines, 3);
	assert_int_equal(lines.bad, 1);
	assert_int_equal(taken, 2);
}

static void test_taker_ends_it(void **state)
{
	char text[400];
	struct json_lines lines = {0};
	size_t taken;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, "{}\n", i + 3 <= sizeof(text) ? 3 : sizeof(text) - i);
	assert_int_equal(read_text(text, sizeof(text), &lines, &taken), -ECANCELED);
	assert_int_equal(taken, 100);
}

static void test_rotated(void **state)
{
	char directory[] = "/tmp/rotated.XXXXXX";
	static const char *const names[] = {"log", "log.1", "log.2", "log.4"};
	char path[64];
	char **files = NULL;
	size_t count = 0;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	assert_int_equal(json_lines_find_rotated(path, &files, &count), -ENOENT);
	assert_null(files);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		_cleanup_fclose_ FILE *file = fopen(path, "we");
		assert_non_null(file);
	}
	snprintf(path, sizeof(path), "%s/log", directory);
	assert_int_equal(json_lines_find_rotated(path, &files, &count), 0);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(files[i] + strlen(directory) + 1, names[2 - i]);
	json_lines_free_files(files, count);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	rmdir(directory);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),         cmocka_unit_test(test_lone_surrogates),
		cmocka_unit_test(test_wanted),        cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_taker_ends_it), cmocka_unit_test(test_rotated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json_lines", tests, NULL, NULL);
}
