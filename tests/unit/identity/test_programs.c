// SPDX-License-Identifier: GPL-2.0-only
#include "identity/programs.h"

#include "lib/array.h"
#include "support/test.h"

#include <errno.h>
#include <string.h>

/* Whether a submission program with these arguments, NUL between them, is told as a message. */
static bool is_message(const char *argv, size_t size)
{
	const struct observation submission = {
		.kind = OBSERVATION_SUBMISSION,
		.executable = "/usr/sbin/sendmail",
		.argv = argv,
		.argv_size = size,
	};
	return programs_hands_over_message(&submission);
}

#define IS_MESSAGE(argv) is_message(argv, sizeof(argv))

static void test_messages(void **state)
{
	(void)state;
	assert_true(IS_MESSAGE("/usr/sbin/sendmail\0-t\0-i"));
	assert_true(IS_MESSAGE("sendmail\0-bs"));
	assert_true(IS_MESSAGE("sendmail\0-bm\0someone@example.net"));
	assert_true(IS_MESSAGE("/usr/sbin/exim4\0-f\0a@example.net\0-t"));
	assert_true(IS_MESSAGE("/usr/sbin/postdrop\0-r"));
	assert_true(IS_MESSAGE("msmtp\0-a\0work\0someone@example.net"));
	assert_true(IS_MESSAGE("sendmail"));
	assert_true(is_message("", 0));
	assert_true(is_message("\0\0\0\0", 4));
}

static void test_other_uses(void **state)
{
	(void)state;
	assert_false(IS_MESSAGE("mailq"));
	assert_false(IS_MESSAGE("/usr/bin/mailq\0-v"));
	assert_false(IS_MESSAGE("newaliases"));
	assert_false(IS_MESSAGE("sendmail\0-bd\0-q15m"));
	assert_false(IS_MESSAGE("/usr/sbin/exim4\0-bd\0-q30m\0-oX\0"
				"587:25"));
	assert_false(IS_MESSAGE("/usr/sbin/exim4\0-Mc\0"
				"1abcde-000001-AB"));
	assert_false(IS_MESSAGE("/usr/sbin/exim4\0-qG"));
	assert_false(IS_MESSAGE("sendmail\0-bp"));
	assert_false(IS_MESSAGE("sendmail\0-q"));
	assert_false(IS_MESSAGE("exim\0-bV"));
	assert_false(IS_MESSAGE("msmtp\0--version"));
}

/* Arguments that look like another use, and yet the program takes in a message. */
static void test_disguised(void **state)
{
	(void)state;
	assert_true(IS_MESSAGE("sendmail\0-F\0-bd\0-t"));
	assert_true(IS_MESSAGE("sendmail\0-bp\0-bm\0someone@example.net"));
	assert_true(IS_MESSAGE("sendmail\0-q\0-t"));
	assert_true(IS_MESSAGE("mailq\0-bm\0someone@example.net"));
	assert_true(IS_MESSAGE("sendmail\0-f\0mailq"));
}

/* Not ended by NUL, and longer than what the kernel side copies. */
static void test_cut(void **state)
{
	char argv[SW_ARGV_SIZE + 64];

	(void)state;
	memset(argv, 'x', sizeof(argv));
	assert_true(is_message(argv, sizeof(argv)));
	memcpy(argv, "mailq", 6);
	assert_false(is_message(argv, 5));
	assert_false(is_message(argv, SW_ARGV_SIZE));
}

static void test_smtpctl(void **state)
{
	struct observation submission = {.executable = "/usr/sbin/smtpctl",
					 .argv = "smtpctl\0show\0queue",
					 .argv_size = sizeof("smtpctl\0show\0queue")};

	(void)state;
	assert_false(programs_hands_over_message(&submission));
	submission.argv = "/usr/sbin/sendmail\0-t";
	submission.argv_size = sizeof("/usr/sbin/sendmail\0-t");
	assert_true(programs_hands_over_message(&submission));
}

static void test_known(void **state)
{
	size_t count;
	const struct known_program *known = programs_known(&count);

	(void)state;
	assert_true(count <= SW_PROGRAM_NAMES_MAX);
	for (size_t i = 0; i < count; i++)
		assert_int_not_equal(known[i].flags, 0);
}

static int take_shell(void *context, const struct sw_file_id *file, uint32_t flags)
{
	struct sw_file_id *shell = context;

	if (flags & SW_PROGRAM_SHELL)
		*shell = *file;
	return 0;
}

static int refuse(void *context, const struct sw_file_id *file, uint32_t flags)
{
	(void)context;
	(void)file;
	(void)flags;
	return -E2BIG;
}

static void test_find(void **state)
{
	struct sw_file_id shell = {0};

	(void)state;
	assert_int_equal(programs_find(take_shell, &shell), 0);
	assert_int_not_equal(shell.inode, 0); /* every Debian and Fedora has one in /usr/bin */
	assert_int_not_equal(shell.size, 0);
	assert_int_equal(programs_find(refuse, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages), cmocka_unit_test(test_other_uses), cmocka_unit_test(test_disguised),
		cmocka_unit_test(test_cut),      cmocka_unit_test(test_smtpctl),    cmocka_unit_test(test_known),
		cmocka_unit_test(test_find),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
