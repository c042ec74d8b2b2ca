// SPDX-License-Identifier: GPL-2.0-only
/* The lists of MTAs: what is read, and what is refused. */
#include "mta_house.h"

#include <ctype.h>
#include <errno.h>

#define GOOD "role = mta\nexecutable = /nowhere/x\nuser = " MAIL_USER "\nevidence = a test\n"

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;
	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
		count++;
	return count;
}

static void test_shipped(void **state)
{
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(*state);
	const char *text = printed(list);

	assert_int_equal(count_of(text, " postfix-debian "), 1);
	assert_int_equal(count_of(text, " exim-debian "), 1);
	assert_int_equal(count_of(text, " relay-client msmtp "), 1);
	assert_non_null(strstr(text, " mta          postfix-debian"));
	assert_non_null(strstr(text, "off      mta          stalwart-opt"));
}

static void test_directory_that_is_not_there(void **state)
{
	struct mta_list *list = NULL;
	struct ini_error error = {"untouched"};

	(void)state;
	assert_int_equal(mta_list_load("/nowhere/mta.d", &list, &error), 0);
	assert_string_equal(error.message, "untouched");
	mta_list_free(list);
}

static void test_directory_that_is_none(void **state)
{
	struct mta_list *list = NULL;
	struct ini_error error = {""};

	(void)state;
	assert_int_equal(mta_list_load("/dev/null", &list, &error), -ENOTDIR);
	assert_string_equal(error.message, "cannot read /dev/null: Not a directory");
	assert_null(list);
}

static void test_a_name_of_its_own_is_added(void **state)
{
	write_list(*state, "x.conf", "[own]\n" GOOD);
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(*state);
	const char *text = printed(list);

	assert_non_null(strstr(text, "absent   mta          own                      a test\n"));
	assert_int_equal(count_of(text, " postfix-debian "), 1);
}

static void test_a_shipped_name_is_replaced(void **state)
{
	write_list(*state, "x.conf", "[postfix-debian]\n" GOOD);
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(*state);
	const char *text = printed(list);

	assert_int_equal(count_of(text, " postfix-debian "), 1);
	assert_non_null(strstr(text, "absent   mta          postfix-debian           a test\n"));
}

static void test_a_shipped_name_is_switched_off(void **state)
{
	write_list(*state, "x.conf", "[postfix-debian]\nenabled = no\n");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(*state);
	const char *text = printed(list);

	assert_int_equal(count_of(text, " postfix-debian "), 1);
	assert_non_null(strstr(text, "off      unknown      postfix-debian           \n"));
}

/* In the order of their names; what is no *.conf is none of ours. */
static void test_files_of_the_directory(void **state)
{
	static const char *const names[] = {"40", "10", "70", "30", "60", "20", "50"};
	char content[256];
	char name[16];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(name, sizeof(name), "%s.conf", names[i]);
		snprintf(content, sizeof(content), "[own]\n" GOOD "evidence = of %s\n", names[i]);
		write_list(*state, name, content);
	}
	write_list(*state, "30.conf.bak", "nonsense");
	write_list(*state, ".40.conf", "nonsense");
	write_list(*state, "conf", "nonsense");
	write_list(*state, ".conf", "nonsense");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(*state);
	const char *text = printed(list);

	assert_non_null(strstr(text, " own                      of 70\n"));
	assert_int_equal(count_of(text, " own "), 1);
}

static void test_evidence_is_escaped(void **state)
{
	write_list(*state, "x.conf", "[own]\n" GOOD "evidence = a\xe2\x80\xae b\xff\n");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(*state);
	const char *text = printed(list);

	assert_non_null(strstr(text, " a\\u{202e} b\\xff\n"));
}

/* The message of a list that is refused, behind the file's name. */
static const char *refusal(const struct house *house, const char *content, struct ini_error *error)
{
	struct mta_list *list = NULL;
	char path[PATH_SIZE];

	write_list(house, "x.conf", content);
	snprintf(path, sizeof(path), "%s/x.conf:", house->lists);
	error->message[0] = '\0';
	assert_int_equal(mta_list_load(house->lists, &list, error), -EINVAL);
	assert_null(list);
	assert_memory_equal(error->message, path, strlen(path));
	return error->message + strlen(path);
}

static void test_bad_lines(void **state)
{
	static const struct {
		const char *content;
		const char *place;
		const char *word;
	} cases[] = {
		{"[own]\n" GOOD "colour = red\n", "6: ", "unknown key \"colour\""},
		{"[own]\nrole = boss\n", "2: ", "role"},
		{"[own]\nrole = MTA\n", "2: ", "role"},
		{"[own]\nrole = unknown\n", "2: ", "role"},
		{"[own]\n\n# c\nexecutable = bin/smtp\n", "4: ", "absolute path"},
		{"[own]\nexecutable =\n", "2: ", "absolute path"},
		{"[own]\nenabled = maybe\n", "2: ", "yes or no"},
		{"role = mta\n", "1: ", "[name]"},
		{"[]\nrole = mta\n", "", "[name]"},
		{"[a b]\nrole = mta\n", "", "[name]"},
		{"[a\xe2\x80\xae]\nrole = mta\n", "", "[name]"},
		{"[abcdefghijklmnopqrstuvwxyz1234567]\nrole = mta\n", "", "at most 32"},
		{"[own]\nnonsense\n", "2: ", "section"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ini_error error;
		const char *message = refusal(*state, cases[i].content, &error);
		assert_memory_equal(message, cases[i].place, strlen(cases[i].place));
		if (!isdigit((unsigned char)message[0]) || !strstr(message, cases[i].word))
			fail_msg("of \"%s\" is said: %s", cases[i].content, message);
		assert_null(strchr(message, '\x1b'));
	}
}

static void test_too_many(void **state)
{
	char content[1024] = "[own]\n" GOOD;
	struct ini_error error;

	for (int i = 1; i < 9; i++)
		strcat(content, "executable = /nowhere/y\n");
	assert_memory_equal(refusal(*state, content, &error), "13: ", strlen("13: "));
	assert_non_null(strstr(error.message, "at most 8 executables"));
	snprintf(content, sizeof(content), "[own]\n" GOOD);
	for (int i = 1; i < 9; i++)
		strcat(content, "user = x\n");
	assert_memory_equal(refusal(*state, content, &error), "13: ", strlen("13: "));
	assert_non_null(strstr(error.message, "at most 8 users"));
}

/* An entry that says too little is refused, with file and line like every other fault (identity/mta.h). */
static void test_what_an_entry_needs(void **state)
{
	static const struct {
		const char *content;
		const char *word;
	} cases[] = {
		{"[own]\nexecutable = /x\nuser = " MAIL_USER "\n", "role"},
		{"[own]\nrole = mta\nuser = " MAIL_USER "\n", "executable"},
		{"[own]\nrole = mta\nexecutable = /x\n", "user"},
		{"[own]\nrole = relay-client\nexecutable = /x\n", "user"},
		{"[own]\nrole = mta\nexecutable = /x\nuser = *\n", "user"},
		{"[own]\nrole = mta\nexecutable = /x\nuser = " MAIL_USER "\nuser = *\n", "user"},
		{"[fine]\n" GOOD "[postfix-debian]\nenabled = yes\n", "role"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ini_error error;
		const char *message = refusal(*state, cases[i].content, &error);
		if (!strstr(message, cases[i].word) || !strstr(message, i == 6 ? "[postfix-debian]" : "[own]"))
			fail_msg("of \"%s\" is said: %s", cases[i].content, message);
		/* The line of the section, or of its first key. */
		unsigned long section = i == 6 ? 6 : 1;
		assert_in_range(strtoul(message, NULL, 10), section, section + 1);
	}
}

static void test_relay_client_of_anybody(void **state)
{
	write_list(*state, "x.conf", "[own]\nrole = relay-client\nexecutable = /nowhere/x\nuser = *\n");
	_cleanup_(cleanup_mta_list_free) struct mta_list *list = load(*state);
	const char *text = printed(list);

	assert_non_null(strstr(text, "absent   relay-client own"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_shipped),
		TEST(test_directory_that_is_not_there),
		TEST(test_directory_that_is_none),
		TEST(test_a_name_of_its_own_is_added),
		TEST(test_a_shipped_name_is_replaced),
		TEST(test_a_shipped_name_is_switched_off),
		TEST(test_files_of_the_directory),
		TEST(test_evidence_is_escaped),
		TEST(test_bad_lines),
		TEST(test_too_many),
		TEST(test_what_an_entry_needs),
		TEST(test_relay_client_of_anybody),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("mta_entry", tests, NULL, NULL);
}
