// SPDX-License-Identifier: GPL-2.0-only
/* An administrator's table: what is read, what is refused, and who is asked first. */
#include "capture/replies.h"

#include "capture/reply_event.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define FILE_NAME "replies.psv"

static char directory[] = "/tmp/smtpwatch-unit.XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(FILE_NAME);
	return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

static void write_table(const char *content, size_t size)
{
	FILE *stream = fopen(FILE_NAME, "we");

	assert_non_null(stream);
	assert_int_equal(fwrite(content, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
}

static struct replies *load(const char *path)
{
	struct replies *replies = NULL;
	struct ini_error error = {"untouched"};

	if (replies_load(path, &replies, &error))
		fail_msg("%s", error.message);
	assert_string_equal(error.message, "untouched");
	return replies;
}

static size_t shipped_count(void)
{
	_cleanup_(cleanup_replies_free) struct replies *replies = load(NULL);
	return replies_count(replies);
}

static void assert_class(const struct replies *replies, const char *line, const char *receiver, enum reply_class class)
{
	const struct dialogue_event event = reply_event(DIALOGUE_STAGE_RCPT, line);
	const char *found;

	assert_int_equal(replies_classify(replies, &event, is_ours, NULL, &found), class);
	if (receiver)
		assert_string_equal(found, receiver);
	else
		assert_null(found);
}

static void test_no_file(void **state)
{
	(void)state;
	unlink(FILE_NAME);
	_cleanup_(cleanup_replies_free) struct replies *replies = load(FILE_NAME);
	assert_int_equal(replies_count(replies), shipped_count());
	assert_class(replies, "554 5.7.1 blocked using bl.example", "postfix", REPLY_CLASS_DNSBL);
}

static void test_rows_of_a_file(void **state)
{
	static const char content[] = "\xef\xbb\xbf# a table\r\n"
				      "\r\n"
				      "   \t\n"
				      "  # another remark | with | bars\n"
				      "example | R | 5xx | | Go away, %s / go AWAY at once | BLOCK \r\n"
				      "example|any|4xx|4.7.1|later please|TEMP";

	(void)state;
	write_table(content, strlen(content));
	_cleanup_(cleanup_replies_free) struct replies *replies = load(FILE_NAME);
	assert_int_equal(replies_count(replies), shipped_count() + 2);
	assert_class(replies, "550 Go away, %s", "example", REPLY_CLASS_BLOCK);
	assert_class(replies, "550 go away at  once", "example", REPLY_CLASS_BLOCK);
	assert_class(replies, "450 4.7.1 Later please", "example", REPLY_CLASS_TEMP);
	assert_class(replies, "450 Later please", NULL, REPLY_CLASS_NONE);
	assert_class(replies, "554 5.7.1 blocked using bl.example", "postfix", REPLY_CLASS_DNSBL);
}

/* The examples of smtpwatch-replies(5). */
static void test_rows_of_the_manual(void **state)
{
	static const char content[] =
		"# receiver|stage|code|enhanced|substrings|class\n"
		"example.org|R|554|5.7.1|is on our blacklist, ticket|BLOCK\n"
		"example.net|?|4xx||too many messages from (not: mailbox, quota) / slow down|TEMP\n"
		"example|any|5xx||blocked using bl.example.com|IGNORE\n";

	(void)state;
	write_table(content, strlen(content));
	_cleanup_(cleanup_replies_free) struct replies *replies = load(FILE_NAME);
	assert_class(replies,
		     "554 5.7.1 <a@example.org>: Your server [" OURS "] is on our blacklist, ticket 4711. See "
		     "https://postmaster.example.org/block",
		     "example.org", REPLY_CLASS_BLOCK);
	assert_class(replies, "450 Too many messages from you", "example.net", REPLY_CLASS_TEMP);
	assert_class(replies, "450 Too many messages from you, quota", NULL, REPLY_CLASS_NONE);
	assert_class(replies, "554 5.7.1 blocked using bl.example.com", "example", REPLY_CLASS_IGNORE);
}

static void test_empty_files(void **state)
{
	static const char *const contents[] = {"", "\n", "# nothing", "\r\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		write_table(contents[i], strlen(contents[i]));
		_cleanup_(cleanup_replies_free) struct replies *replies = load(FILE_NAME);
		assert_int_equal(replies_count(replies), shipped_count());
	}
}

/* The file's rows before the shipped ones, in its order; and of all of them those of RECEIVER first. */
static void test_who_is_asked_first(void **state)
{
	static const char content[] = "mine|any|5xx||blocked using bl.example|IGNORE\n"
				      "mine|any|5xx||blocked using|BLOCK\n"
				      "resolver|any|5xx||lookup refused|RECEIVER\n";

	(void)state;
	write_table(content, strlen(content));
	_cleanup_(cleanup_replies_free) struct replies *replies = load(FILE_NAME);
	assert_class(replies, "554 5.7.1 blocked using bl.example", "mine", REPLY_CLASS_IGNORE);
	assert_class(replies, "554 5.7.1 blocked using bl.other", "mine", REPLY_CLASS_BLOCK);
	assert_class(replies, "454 4.7.1 blocked using bl.other", "postfix", REPLY_CLASS_DNSBL);
	assert_class(replies, "554 5.7.1 blocked using bl.other; lookup refused", "resolver", REPLY_CLASS_RECEIVER);
	assert_class(replies, "554 5.7.1 blocked using x; error: open resolver", "any", REPLY_CLASS_RECEIVER);
}

static void assert_refused(const char *content, size_t size, const char *message)
{
	struct replies *const untouched = (struct replies *)&content;
	struct replies *replies = untouched;
	struct ini_error error;

	write_table(content, size);
	assert_int_equal(replies_load(FILE_NAME, &replies, &error), -EINVAL);
	assert_ptr_equal(replies, untouched);
	assert_memory_equal(error.message, message, strlen(message));
}

#define ROW "example|any|5xx||go away|BLOCK\n"
#define REFUSED(content, message) assert_refused(content, sizeof(content) - 1, message)

static void test_faults(void **state)
{
	(void)state;
	REFUSED("# x\n" ROW "example|any|5xx||go away|BLOKC\n" ROW,
		FILE_NAME ":3: column 6 (class): \"BLOKC\" is no class; did you mean \"BLOCK\"");
	REFUSED(ROW "nonsense\n", FILE_NAME ":2: a row has 6 columns, this one 1");
	REFUSED(ROW "a\0b|", FILE_NAME ":2: byte 0x00: this is no text file");
	REFUSED(ROW "a\x1b|", FILE_NAME ":2: byte 0x1b: this is no text file");
	REFUSED("a\rb\n", FILE_NAME ":1: byte 0x0d: this is no text file");
	REFUSED("\xff\xfe", FILE_NAME ":1: a row has 6 columns");
}

static void test_long_lines(void **state)
{
	char content[REPLY_ROW_SIZE + 3];

	(void)state;
	memset(content, '#', sizeof(content));
	memcpy(content + REPLY_ROW_SIZE, "\r\n", 2);
	assert_refused(content, REPLY_ROW_SIZE + 2, FILE_NAME ":1: the line is too long: it may have 512 bytes");
	content[REPLY_ROW_SIZE] = '\n';
	write_table(content, REPLY_ROW_SIZE + 1);
	replies_free(load(FILE_NAME));
	memset(content, 'x', sizeof(content));
	assert_refused(content, sizeof(content), FILE_NAME ":1: the line is too long");
}

static void write_many(size_t count, const char *line)
{
	FILE *stream = fopen(FILE_NAME, "we");

	assert_non_null(stream);
	for (size_t i = 0; i < count; i++)
		fputs(line, stream);
	assert_int_equal(fclose(stream), 0);
}

static void test_too_many(void **state)
{
	struct replies *replies;
	struct ini_error error;

	(void)state;
	write_many(4096, ROW);
	replies = load(FILE_NAME);
	assert_int_equal(replies_count(replies), 4096 + shipped_count());
	assert_class(replies, "554 error: open resolver", "any", REPLY_CLASS_RECEIVER);
	replies_free(replies);
	write_many(4097, ROW);
	assert_int_equal(replies_load(FILE_NAME, &replies, &error), -EINVAL);
	assert_string_equal(error.message, FILE_NAME ":4097: a table has at most 4096 rows");
	write_many(65536, "\n");
	replies_free(load(FILE_NAME));
	write_many(65537, "\n");
	assert_int_equal(replies_load(FILE_NAME, &replies, &error), -EINVAL);
	assert_non_null(strstr(error.message, "at most 65536 lines"));
}

static void test_what_cannot_be_read(void **state)
{
	struct replies *replies = NULL;
	struct ini_error error;

	(void)state;
	unlink(FILE_NAME);
	assert_int_equal(mkdir(FILE_NAME, 0755), 0);
	assert_true(replies_load(FILE_NAME, &replies, &error) < 0);
	assert_int_equal(rmdir(FILE_NAME), 0);
	assert_non_null(strstr(error.message, FILE_NAME));
	assert_non_null(strstr(error.message, "cannot read"));
	assert_int_equal(symlink(FILE_NAME, FILE_NAME), 0);
	assert_int_equal(replies_load(FILE_NAME, &replies, &error), -ELOOP);
	assert_memory_equal(error.message, "cannot read " FILE_NAME ": ", strlen("cannot read " FILE_NAME ": "));
	assert_null(replies);
	assert_int_equal(unlink(FILE_NAME), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_rows_of_a_file),
		cmocka_unit_test(test_rows_of_the_manual),
		cmocka_unit_test(test_empty_files),
		cmocka_unit_test(test_who_is_asked_first),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_what_cannot_be_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("replies_file", tests, set_up, tear_down);
}
