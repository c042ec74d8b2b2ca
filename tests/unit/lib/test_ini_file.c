// SPDX-License-Identifier: GPL-2.0-only
#include "lib/ini_file.h"

#include "lib/cleanup.h"
#include "support/test.h"

#include <errno.h>
#include <sys/stat.h>

#define LINE_MAX_BYTES 199 /* inih is built with lines of 200, NUL included */

/* Every key as "LINE [section] key=value;". */
struct taken {
	char text[2048];
	const char *refused; /* a key that the handler refuses */
};

static int take(void *context, const struct ini_place *place, const char *section, const char *key, const char *value)
{
	struct taken *taken = context;
	size_t used = strlen(taken->text);

	if (taken->refused && strcmp(taken->refused, key) == 0)
		return ini_fail(place, "%s is refused", key);
	snprintf(taken->text + used, sizeof(taken->text) - used, "%d [%s] %s=%s;", place->line, section, key, value);
	return 0;
}

static const struct ini_handlers handlers = {.take_key = take};

static int read_bytes(const void *content, size_t size, struct taken *taken, struct ini_error *error)
{
	_cleanup_fclose_ FILE *stream = fmemopen((void *)(uintptr_t)content, size, "r");

	assert_non_null(stream);
	snprintf(error->message, sizeof(error->message), "untouched");
	return ini_read_stream(stream, "x.conf", &handlers, taken, error);
}

static void assert_taken(const char *content, const char *expected)
{
	struct taken taken = {.refused = NULL};
	struct ini_error error;

	assert_int_equal(read_bytes(content, strlen(content), &taken, &error), 0);
	assert_string_equal(taken.text, expected);
	assert_string_equal(error.message, "untouched");
}

static void assert_refused(const void *content, size_t size, const char *message)
{
	struct taken taken = {.refused = "bad"};
	struct ini_error error;

	assert_int_equal(read_bytes(content, size, &taken, &error), -EINVAL);
	assert_string_equal(error.message, message);
}

static void test_lines(void **state)
{
	(void)state;
	assert_taken("a = 1\n", "1 [] a=1;");
	assert_taken("[s]\na = 1\nb = 2\n", "2 [s] a=1;3 [s] b=2;");
	assert_taken("# c\n\n; c\n[s]\n\n  # c\na = 1 ; c\n\n\nb = 2\n", "7 [s] a=1;10 [s] b=2;");
	assert_taken("[s]\na = 1\n[t]\n[u]\na = 2\n", "2 [s] a=1;5 [u] a=2;");
	assert_taken("# c", "");
}

/* An indented line is one more value of the key above it, and has a line of its own. */
static void test_lines_that_go_on(void **state)
{
	(void)state;
	assert_taken("[s]\na = 1\n  2\n\t3\nb = 4\n", "2 [s] a=1;3 [s] a=2;4 [s] a=3;5 [s] b=4;");
	assert_taken("[s]\na = 1\n# c\n  2\n\nb = 4\n", "2 [s] a=1;4 [s] a=2;6 [s] b=4;");
}

static void test_forms(void **state)
{
	(void)state;
	assert_taken("[s]\na = 1", "2 [s] a=1;");
	assert_taken("[s]\r\na = 1\r\nb = 2\r\n", "2 [s] a=1;3 [s] b=2;");
	assert_taken("\xef\xbb\xbf[s]\na = 1\n", "2 [s] a=1;");
	assert_taken("\xef\xbb\xbf"
		     "a = 1\n",
		     "1 [] a=1;");
	assert_taken("[s]\na=\n", "2 [s] a=;");
	assert_taken("[s]\na = b = c\n", "2 [s] a=b = c;");
	assert_taken("[s]\na = \xff\xfe\n", "2 [s] a=\xff\xfe;");
}

static void test_empty_stream(void **state)
{
	_cleanup_fclose_ FILE *stream = fopen("/dev/null", "re");
	struct taken taken = {.refused = NULL};
	struct ini_error error = {"untouched"};

	(void)state;
	assert_non_null(stream);
	assert_int_equal(ini_read_stream(stream, "x.conf", &handlers, &taken, &error), 0);
	assert_string_equal(taken.text, "");
}

static void test_syntax(void **state)
{
	static const struct {
		const char *content;
		const char *message;
	} cases[] = {
		{"a\n", "x.conf:1: not a section, comment or key = value"},
		{"[s\n", "x.conf:1: not a section, comment or key = value"},
		{"[s]\n# c\n\na = 1\nnonsense\n", "x.conf:5: not a section, comment or key = value"},
		{"[s]\na = 1\n  2\nnonsense\nmore\n", "x.conf:4: not a section, comment or key = value"},
		{"[s]\nnonsense", "x.conf:2: not a section, comment or key = value"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_refused(cases[i].content, strlen(cases[i].content), cases[i].message);
}

static void test_handler_refuses(void **state)
{
	static const char content[] = "[s]\n# c\nfine = 1\nbad = 2\nfine = 3\nbad = 4\n";
	struct taken taken = {.refused = "bad"};
	struct ini_error error;

	(void)state;
	assert_int_equal(read_bytes(content, strlen(content), &taken, &error), -EINVAL);
	assert_string_equal(error.message, "x.conf:4: bad is refused");
	assert_string_equal(taken.text, "3 [s] fine=1;");
}

/* Of several faults the first line is told, although inih goes on behind a line that it cannot read. */
static void test_first_error_is_told(void **state)
{
	static const char content[] = "[s]\nfine = 1\nnonsense\nfine = 2\nbad = 3\n";
	struct taken taken = {.refused = "bad"};
	struct ini_error error;

	(void)state;
	assert_int_equal(read_bytes(content, strlen(content), &taken, &error), -EINVAL);
	assert_string_equal(error.message, "x.conf:3: not a section, comment or key = value");
}

static void test_nul_bytes(void **state)
{
	static const struct {
		const char *content;
		size_t size;
		unsigned int line;
	} cases[] = {
		{"\0", 1, 1},
		{"\0\n", 2, 1},
		{"[s]\na = 1\0\n", 11, 2},
		{"[s]\na = 1\0", 10, 2},
		{"[s]\na = 1\n\0b = 2\n", 17, 3},
		{"[s]\n\n# \0\n", 9, 3},
		{"[s]\na = 1\0\0\0\n", 13, 2},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char message[64];
		snprintf(message, sizeof(message), "x.conf:%u: control character \\x00: this is no text file",
			 cases[i].line);
		assert_refused(cases[i].content, cases[i].size, message);
	}
}

/* A line of this length behind one that is fine. `ending` is its newline, or nothing. */
static size_t make_long(char *content, size_t length, const char *ending)
{
	size_t size = (size_t)sprintf(content, "[s]\na=");
	memset(content + size, 'x', length - 2);
	size += length - 2;
	return size + (size_t)sprintf(content + size, "%s", ending);
}

static void test_long_lines(void **state)
{
	static const char message[] = "x.conf:2: the line is too long: it may have 199 bytes";
	static const char *const endings[] = {"\n", "", "\nb = 1\n"};
	static const size_t too_long[] = {LINE_MAX_BYTES + 1, LINE_MAX_BYTES + 2, 2 * LINE_MAX_BYTES, 5000};
	char content[6000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		struct taken taken = {.refused = NULL};
		struct ini_error error;
		size_t size = make_long(content, LINE_MAX_BYTES, endings[i]);

		assert_int_equal(read_bytes(content, size, &taken, &error), 0);
		assert_int_equal(strspn(strchr(taken.text, 'x'), "x"), LINE_MAX_BYTES - 2);
		for (size_t j = 0; j < ARRAY_SIZE(too_long); j++)
			assert_refused(content, make_long(content, too_long[j], endings[i]), message);
	}
}

static void test_files(void **state)
{
	char directory[] = "/tmp/smtpwatch-unit.XXXXXX";
	char path[64];
	char message[128];
	struct taken taken = {.refused = NULL};
	struct ini_error error;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/x.conf", directory);
	int missing = ini_read_file(path, &handlers, &taken, &error);
	char missing_message[INI_MESSAGE_SIZE];
	snprintf(missing_message, sizeof(missing_message), "%s", error.message);

	FILE *stream = fopen(path, "we");
	int written = stream ? fputs("[s]\na = 1\n", stream) : EOF;
	if (stream)
		fclose(stream);
	int present = ini_read_file(path, &handlers, &taken, &error);
	unlink(path);
	int folder = ini_read_file(directory, &handlers, &taken, &error);
	rmdir(directory);

	snprintf(message, sizeof(message), "cannot read %s: No such file or directory", path);
	assert_int_equal(missing, -ENOENT);
	assert_string_equal(missing_message, message);
	assert_int_not_equal(written, EOF);
	assert_int_equal(present, 0);
	assert_string_equal(taken.text, "2 [s] a=1;");
	snprintf(message, sizeof(message), "cannot read %s: Is a directory", directory);
	assert_int_equal(folder, -EISDIR);
	assert_string_equal(error.message, message);
}

static void test_message_is_bounded(void **state)
{
	char name[2 * INI_MESSAGE_SIZE];
	struct ini_error error;
	struct ini_place place = {.file = name, .line = 3, .error = &error};

	(void)state;
	for (size_t length = 0; length < sizeof(name); length++) {
		memset(name, 'n', length);
		name[length] = '\0';
		assert_int_equal(ini_fail(&place, "%s", "what is wrong"), -EINVAL);
		assert_in_range(strlen(error.message), 1, INI_MESSAGE_SIZE - 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_that_go_on),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_empty_stream),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_handler_refuses),
		cmocka_unit_test(test_first_error_is_told),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_message_is_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ini_file", tests, NULL, NULL);
}
