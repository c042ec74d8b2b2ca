// SPDX-License-Identifier: GPL-2.0-only
/* What the daemon says of itself holds it up only as long as it has nothing else to do. */
#include "lib/log.h"
#include "support/test.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int real_stderr;
static int reader;

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	alarm(10); /* whoever blocks is ended */
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	reader = ends[0];
	if (dup2(ends[1], STDERR_FILENO) != STDERR_FILENO)
		return -1;
	return close(ends[1]);
}

static int tear_down(void **state)
{
	(void)state;
	alarm(0);
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	return close(reader);
}

/* Returns the number of lines; `last` is where the last one begins. */
static size_t read_all(char *text, size_t size, const char **last)
{
	size_t length = 0;
	size_t lines = 0;
	ssize_t got;

	fcntl(reader, F_SETFL, O_NONBLOCK);
	while ((got = read(reader, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	*last = text;
	for (char *line = text; *line; line = strchr(line, '\n') + 1, lines++)
		*last = line;
	return lines;
}

static void test_full_pipe(void **state)
{
	static char text[1 << 17];
	enum { LINES = 5000 };
	const char *last;
	char expected[128];

	(void)state;
	log_never_wait();
	for (int i = 0; i < LINES; i++)
		log_warning("line %d", i);
	size_t lines = read_all(text, sizeof(text), &last);
	assert_in_range(lines, 100, LINES - 1);
	snprintf(expected, sizeof(expected), "smtpwatchd: warning: line %zu\n", lines - 1);
	assert_string_equal(last, expected);

	log_notice("again");
	assert_int_equal(read_all(text, sizeof(text), &last), 2);
	snprintf(expected, sizeof(expected), "smtpwatchd: warning: %zu lines of this log were lost\n", LINES - lines);
	assert_memory_equal(text, expected, strlen(expected));
	assert_string_equal(last, "smtpwatchd: again\n");
	log_notice("and once more");
	assert_int_equal(read_all(text, sizeof(text), &last), 1);
}

static void test_kept_error(void **state)
{
	char kept[8] = "";
	char text[256];
	const char *last;

	(void)state;
	log_keep_error(kept, sizeof(kept));
	log_warning("not this");
	assert_string_equal(kept, "");
	log_error("%s", "the first");
	log_error("the second");
	log_keep_error(NULL, 0);
	log_error("the third");
	assert_string_equal(kept, "the fir");
	assert_int_equal(read_all(text, sizeof(text), &last), 4);
}

/* What the journal reads from its own stream has a priority, and the program's name it knows. */
static void test_journal(void **state)
{
	char text[256], stream[64];
	const char *last;
	struct stat status;

	(void)state;
	setenv("JOURNAL_STREAM", "1:2", 1);
	log_for_journal();
	log_error("no");
	assert_int_equal(read_all(text, sizeof(text), &last), 1);
	assert_string_equal(text, "smtpwatchd: error: no\n");
	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_for_journal();
	log_error("what");
	log_notice("so");
	assert_int_equal(read_all(text, sizeof(text), &last), 2);
	assert_string_equal(text, "<3>what\n<5>so\n");
	unsetenv("JOURNAL_STREAM");
	log_for_journal();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_full_pipe, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kept_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_journal, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
