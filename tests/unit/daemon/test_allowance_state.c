// SPDX-License-Identifier: GPL-2.0-only
/* The file that keeps when allowances were needed: written, read again, damaged, and out of reach. */
#include "daemon/allowance_state.h"

#include "lib/clock.h"
#include "rules/rule_reading.h"
#include "support/log_capture.h"

#include <stdlib.h>
#include <sys/stat.h>

#define SECOND NANOSECONDS_A_SECOND
#define HOUR (3600 * SECOND)
#define NOW (1800000000 * SECOND)
#define BOOT (5000 * SECOND)

static struct house {
	char directory[32];
	char folder[64]; /* made by what is tested */
	char path[96];
	struct rule_set *set;
	struct allowances *allowances;
	struct allowance_state *state;
	struct log_capture log;
} house;

/* As after a start of the daemon. */
static void start(const char *rules)
{
	allowance_state_free(house.state);
	allowances_free(house.allowances);
	rule_set_free(house.set);
	house.set = read_rules(rules);
	house.allowances = allowances_new(house.set);
	house.state = allowance_state_new(house.path);
	assert_non_null(house.allowances);
	assert_non_null(house.state);
}

static int set_up(void **state)
{
	(void)state;
	house = (struct house){.directory = "/tmp/smtpwatch-unit.XXXXXX"};
	if (!mkdtemp(house.directory))
		return -1;
	snprintf(house.folder, sizeof(house.folder), "%s/lib", house.directory);
	snprintf(house.path, sizeof(house.path), "%s/allowances", house.folder);
	start("[allow a]\nuser = x\n[allow b]\nuser = y\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	allowance_state_free(house.state);
	allowances_free(house.allowances);
	rule_set_free(house.set);
	unlink(house.path);
	rmdir(house.folder);
	return rmdir(house.directory);
}

static struct allowance_use *use(size_t index)
{
	size_t count;
	struct allowance_use *uses = allowances_uses(house.allowances, &count);

	assert_true(index < count);
	return &uses[index];
}

static void write_file(const char *text)
{
	mkdir(house.folder, 0700);
	FILE *stream = fopen(house.path, "we");

	assert_non_null(stream);
	fputs(text, stream);
	assert_int_equal(fclose(stream), 0);
}

static void assert_file(const char *text)
{
	char found[256] = "";
	FILE *stream = fopen(house.path, "re");

	assert_non_null(stream);
	assert_int_equal(fread(found, 1, sizeof(found) - 1, stream), strlen(text));
	fclose(stream);
	assert_string_equal(found, text);
}

static const char *load(void)
{
	log_capture_begin(&house.log);
	allowance_state_load(house.state, house.allowances, NOW);
	return log_capture_end(&house.log);
}

static const char *tick(uint64_t time_ns)
{
	log_capture_begin(&house.log);
	allowance_state_tick(house.state, house.allowances, time_ns);
	return log_capture_end(&house.log);
}

static void test_a_restart(void **state)
{
	struct stat status;

	(void)state;
	assert_string_equal(load(), "");
	use(0)->since_wall_ns = 1700000000 * SECOND + 7;
	use(1)->since_wall_ns = 1700000001 * SECOND;
	use(1)->used_wall_ns = 1750000000 * SECOND;
	assert_int_equal(allowance_state_save(house.state, house.allowances), 0);
	assert_file("a 1700000000 0\nb 1700000001 1750000000\n");
	assert_int_equal(stat(house.path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(house.folder, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);

	start("[allow b]\nuser = y\n[allow c]\nuser = z\n");
	assert_string_equal(load(), "");
	assert_int_equal(use(0)->since_wall_ns, 1700000001 * SECOND);
	assert_int_equal(use(0)->used_wall_ns, 1750000000 * SECOND);
	assert_int_equal(use(0)->count, 0);
	assert_int_equal(use(1)->since_wall_ns, 0);
	assert_int_equal(allowance_state_save(house.state, house.allowances), 0);
	assert_file("b 1700000001 1750000000\n");
}

/* What a restart of the daemon does not hide: the time runs from when it was needed last. */
static void test_unused_over_a_restart(void **state)
{
	static const uint64_t day = 24 * HOUR;

	(void)state;
	write_file("a 1700000000 1799000000\n");
	start("[allow a]\nuser = x\n");
	assert_string_equal(load(), "");
	log_capture_begin(&house.log);
	allowances_tick(house.allowances, 30 * day, 1799000000 * SECOND + 30 * day - 1);
	assert_string_equal(log_capture_end(&house.log), "");
	log_capture_begin(&house.log);
	allowances_tick(house.allowances, 30 * day, 1799000000 * SECOND + 30 * day);
	assert_string_equal(log_capture_end(&house.log), "smtpwatchd: x.conf:1: nothing has needed the allowance a "
							 "since 2027-01-03T18:13:20.000Z: it can go\n");
}

/* At a reload only those that are new to the daemon. */
static void test_those_that_have_begun(void **state)
{
	(void)state;
	write_file("a 1700000000 1700000001\nb 1700000000 1700000001\n");
	use(0)->since_wall_ns = 3 * SECOND;
	use(1)->used_wall_ns = 1750000000 * SECOND;
	assert_string_equal(load(), "");
	assert_int_equal(use(0)->since_wall_ns, 3 * SECOND);
	assert_int_equal(use(0)->used_wall_ns, 0);
	assert_int_equal(use(1)->since_wall_ns, 1700000000 * SECOND);
	assert_int_equal(use(1)->used_wall_ns, 1750000000 * SECOND);
}

static void test_damaged_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"b",
		"b 1700000000",
		"b 1700000000 x",
		"b 0 1700000001",
		"b -1 1700000001",
		"b 1700000000 1700000001 1",
		"b 18446744073709551615 1700000001",
		"b 1700000000 99999999999999999999",
	};
	char text[256];
	char expected[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		start("[allow a]\nuser = x\n[allow b]\nuser = y\n");
		snprintf(text, sizeof(text), "unknown 1 2\n%s\na 1700000000 1700000001\n", lines[i]);
		snprintf(expected, sizeof(expected),
			 "smtpwatchd: warning: %s:2: not NAME SINCE USED; the line is ignored\n", house.path);
		write_file(text);
		assert_string_equal(load(), expected);
		assert_int_equal(use(0)->used_wall_ns, 1700000001 * SECOND);
		assert_int_equal(use(1)->since_wall_ns, 0);
		assert_int_equal(use(1)->used_wall_ns, 0);
	}
}

/* One that is too long, with what looks like a line of its own in it, and one that was cut. */
static void test_damaged_ends(void **state)
{
	char text[2048];
	size_t length = 0;

	(void)state;
	length = (size_t)snprintf(text, sizeof(text), "%0600d b 1700000000 1700000001\na 1700000000 1700000001\n", 1);
	snprintf(text + length, sizeof(text) - length, "b 1700000000 17");
	write_file(text);
	assert_non_null(strstr(load(), ":1: not NAME SINCE USED; the line is ignored, and others behind it\n"));
	assert_int_equal(use(0)->used_wall_ns, 1700000001 * SECOND);
	assert_int_equal(use(1)->since_wall_ns, 0);
}

static void test_a_wrong_clock(void **state)
{
	(void)state;
	write_file("a 1900000000 1900000001\n");
	assert_string_equal(load(), "");
	assert_int_equal(use(0)->since_wall_ns, NOW);
	assert_int_equal(use(0)->used_wall_ns, NOW);
}

static void assert_not_read(void)
{
	assert_non_null(strstr(load(), "others than root may write to it, or it is no file; every allowance counts"));
	assert_int_equal(use(0)->since_wall_ns, 0);
}

static void test_files_of_others(void **state)
{
	(void)state;
	write_file("a 1700000000 1700000001\n");
	assert_int_equal(chmod(house.path, 0620), 0);
	assert_not_read();
	assert_int_equal(chmod(house.path, 0602), 0);
	assert_not_read();
	if (geteuid() == 0) {
		assert_int_equal(chmod(house.path, 0600), 0);
		assert_int_equal(chown(house.path, 65534, 0), 0);
		assert_not_read();
	}
	assert_int_equal(unlink(house.path), 0);
	assert_int_equal(mkfifo(house.path, 0600), 0);
	assert_not_read();
	assert_int_equal(unlink(house.path), 0);
	assert_int_equal(symlink("/etc/passwd", house.path), 0);
	assert_non_null(strstr(load(), "every allowance counts"));
}

/* At once, once an hour, and not where nothing has changed. */
static void test_how_often(void **state)
{
	struct stat first;
	struct stat second;

	(void)state;
	use(0)->since_wall_ns = SECOND;
	assert_string_equal(tick(BOOT), "");
	assert_file("a 1 0\n");
	assert_int_equal(stat(house.path, &first), 0);
	assert_string_equal(tick(BOOT + HOUR), "");
	assert_int_equal(stat(house.path, &second), 0);
	assert_int_equal(first.st_ino, second.st_ino);
	use(0)->used_wall_ns = 2 * SECOND;
	assert_string_equal(tick(BOOT + 2 * HOUR - 1), "");
	assert_file("a 1 0\n");
	assert_string_equal(tick(BOOT + 2 * HOUR), "");
	assert_file("a 1 2\n");
}

/* One warning until it works again; the old file stays whole meanwhile. */
static void test_out_of_reach(void **state)
{
	char expected[256];

	(void)state;
	write_file("");
	assert_int_equal(unlink(house.path), 0);
	assert_int_equal(rmdir(house.folder), 0);
	FILE *stream = fopen(house.folder, "we"); /* no folder */
	assert_non_null(stream);
	fclose(stream);
	use(0)->since_wall_ns = SECOND;
	snprintf(expected, sizeof(expected),
		 "smtpwatchd: warning: cannot write %s: Not a directory; when allowances were needed is forgotten at "
		 "the next start\n",
		 house.path);
	assert_string_equal(tick(BOOT), expected);
	assert_string_equal(tick(BOOT + HOUR), "");
	assert_int_equal(unlink(house.folder), 0);
	assert_string_equal(tick(BOOT + 2 * HOUR - 1), "");
	snprintf(expected, sizeof(expected), "smtpwatchd: %s can be written again\n", house.path);
	assert_string_equal(tick(BOOT + 2 * HOUR), expected);
	assert_file("a 1 0\n");
}

/* Nobody can have put a file there that would be written through. */
static void test_links_are_not_followed(void **state)
{
	char fresh[128];
	char victim[128];
	struct stat status;

	(void)state;
	write_file("");
	snprintf(fresh, sizeof(fresh), "%s.new", house.path);
	snprintf(victim, sizeof(victim), "%s.victim", house.path);
	assert_int_equal(symlink(victim, fresh), 0);
	use(0)->since_wall_ns = SECOND;
	assert_int_equal(allowance_state_save(house.state, house.allowances), 0);
	assert_file("a 1 0\n");
	assert_int_equal(lstat(victim, &status), -1);
	assert_int_equal(lstat(fresh, &status), -1);
	assert_int_equal(lstat(house.path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
}

/* Where nothing is allowed, nothing is kept: what lies there from earlier would be told of as unused for so long. */
static void test_no_allowances(void **state)
{
	(void)state;
	write_file("a 1700000000 0\n");
	start("[a]\nlistens = attempt\nseverity = info\n[allow a]\nuser = x\nenabled = no\n");
	assert_string_equal(load(), "");
	assert_int_equal(allowance_state_save(house.state, house.allowances), 0);
	assert_int_equal(access(house.path, F_OK), -1);
	assert_int_equal(rmdir(house.folder), 0);
	assert_int_equal(allowance_state_save(house.state, house.allowances), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unused_over_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_those_that_have_begun, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged_lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_wrong_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files_of_others, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_how_often, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_reach, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_links_are_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_allowances, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("allowance_state", tests, NULL, NULL);
}
