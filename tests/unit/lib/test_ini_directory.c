// SPDX-License-Identifier: GPL-2.0-only
#include "lib/ini_directory.h"

#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/smtpwatch-unit.XXXXXX";

static const char *const names[] = {"d/b.conf", "d/a.conf", "d/B.conf",  "d/.hidden.conf", "d/.conf",
				    "d/a.cnf",  "d/conf",   "d/10.conf", "d/a.conf~"};

static int enter_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory) || chdir(directory) != 0 || mkdir("d", 0755) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		FILE *stream = fopen(names[i], "we");

		if (!stream || fclose(stream) != 0)
			return -1;
	}
	return 0;
}

static int leave_directory(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(names[i]);
	return rmdir("d") == 0 && chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

/* Every path behind a blank. */
static int take(void *context, const char *path, struct ini_error *ret_error)
{
	char *taken = context;
	size_t length = strlen(taken);

	snprintf(taken + length, 128 - length, " %s", path);
	if (strcmp(path, "d/a.conf") != 0)
		return 0;
	snprintf(ret_error->message, sizeof(ret_error->message), "a is refused");
	return length > 20 ? -ENOENT : 0;
}

static void test_order(void **state)
{
	char taken[128] = "";
	struct ini_error error;

	(void)state;
	assert_int_equal(ini_directory_read("d", take, taken, &error), 0);
	assert_string_equal(taken, " d/10.conf d/B.conf d/a.conf d/b.conf");
}

/* An error ends it, whichever it is: a file that is gone is no directory that is not there. */
static void test_refused(void **state)
{
	char taken[128] = "something before";
	struct ini_error error = {""};

	(void)state;
	assert_int_equal(ini_directory_read("d", take, taken, &error), -ENOENT);
	assert_string_equal(taken, "something before d/10.conf d/B.conf d/a.conf");
	assert_string_equal(error.message, "a is refused");
}

static void test_no_directory(void **state)
{
	char taken[128] = "";
	struct ini_error error = {"untouched"};

	(void)state;
	assert_int_equal(ini_directory_read("none", take, taken, &error), 0);
	assert_string_equal(error.message, "untouched");
	assert_int_equal(ini_directory_read("d/a.conf", take, taken, &error), -ENOTDIR);
	assert_string_equal(error.message, "cannot read d/a.conf: Not a directory");
	assert_string_equal(taken, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_directory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ini_directory", tests, enter_directory, leave_directory);
}
