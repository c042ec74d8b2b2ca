// SPDX-License-Identifier: GPL-2.0-only
#include "capture/evidence.h"
#include "capture/source.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "support/log_capture.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define LINK_ETHERNET 1 /* DLT_EN10MB */

static char *directory; /* of one test, below the temporary one */

static char base[64];

static int set_up(void **state)
{
	strcpy(base, "/tmp/smtpwatch-test.XXXXXX");
	*state = mkdtemp(base);
	return *state && asprintf(&directory, "%s/state/evidence", base) > 0 ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status, (void)kind, (void)place;
	return remove(path);
}

static int tear_down(void **state)
{
	free(directory);
	return nftw(*state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static struct evidence *open_evidence(size_t max_files, size_t max_bytes)
{
	const struct evidence_options options = {
		.directory = directory, .max_files = max_files, .max_bytes = max_bytes};
	struct evidence *evidence;

	assert_int_equal(evidence_new(&options, &evidence), 0);
	return evidence;
}

static void write_packet(struct evidence *evidence, uint64_t wire_id, size_t size)
{
	uint8_t bytes[2000] = {(uint8_t)wire_id};
	const struct frame frame = {.wall_ns = 1234567890123456789, .bytes = bytes, .size = size, .length = 9000};

	evidence_write(evidence, wire_id, LINK_ETHERNET, &frame);
}

/* How many files there are; the path of the first by name. */
static int list_files(char **ret_first)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, NULL, alphasort);

	assert_true(count >= 2); /* . and .. */
	if (count > 2)
		assert_true(asprintf(ret_first, "%s/%s", directory, entries[2]->d_name) > 0);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return count - 2;
}

struct seen {
	int count;
	struct frame last;
};

static void take(void *context, const struct frame *frame)
{
	struct seen *seen = context;
	seen->count++;
	seen->last = *frame;
}

static void test_file(void **state)
{
	(void)state;
	struct evidence *evidence = open_evidence(10, 100000);
	_cleanup_free_ char *path = NULL;
	_cleanup_(cleanup_source_close) struct source *source = NULL;
	struct source_error problem;
	struct seen seen = {0};
	struct stat status;

	evidence_begin(evidence, 7, "bad-helo");
	assert_int_equal(list_files(&path), 0); /* made with the first packet */
	write_packet(evidence, 7, 100);
	write_packet(evidence, 7, 200);
	write_packet(evidence, 8, 300); /* nobody asked for it */
	assert_int_equal(list_files(&path), 1);
	assert_non_null(strstr(path, "Z-bad-helo-1.pcap"));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(directory, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);

	/* It can be read before it is closed. */
	assert_int_equal(source_open_file(path, &source, &problem), 0);
	assert_int_equal(source_link_type(source), LINK_ETHERNET);
	while (source_read(source, 1, take, &seen, &problem) > 0)
		;
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.last.size, 200);
	assert_int_equal(seen.last.length, 9000);
	assert_int_equal(seen.last.wall_ns, 1234567890123456789);
	evidence_free(evidence);
}

static void test_bounds(void **state)
{
	(void)state;
	struct evidence *evidence = open_evidence(3, 1000);
	_cleanup_free_ char *path = NULL;
	struct stat status;

	for (uint64_t i = 1; i <= 8; i++) {
		evidence_begin(evidence, i, "bad-helo");
		for (int packet = 0; packet < 10; packet++)
			write_packet(evidence, i, 400);
	}
	assert_int_equal(list_files(&path), 3);
	assert_non_null(strstr(path, "-6.pcap"));
	assert_int_equal(stat(path, &status), 0);
	assert_in_range(status.st_size, 800, 1000 + 24); /* the file has a header of 24 bytes */
	evidence_free(evidence);
}

static void test_quiet_file_is_closed(void **state)
{
	(void)state;
	struct evidence *evidence = open_evidence(3, 1000);
	_cleanup_free_ char *path = NULL;

	evidence_begin(evidence, 1, "bad-helo");
	evidence_tick(evidence, clock_boot_ns());
	write_packet(evidence, 1, 10);
	assert_int_equal(list_files(&path), 1);
	evidence_tick(evidence, clock_boot_ns() + 3600 * NANOSECONDS_A_SECOND);
	write_packet(evidence, 1, 10);
	evidence_begin(evidence, 1, "blocked");
	evidence_forget(evidence);
	write_packet(evidence, 1, 10);
	free(path);
	path = NULL;
	assert_int_equal(list_files(&path), 1);
	evidence_free(evidence);
}

static void test_directory_of_others_is_refused(void **state)
{
	const struct evidence_options options = {.directory = *state, .max_files = 1, .max_bytes = 1};
	struct evidence *evidence = NULL;

	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(chmod(*state, 0777), 0);
	assert_int_equal(evidence_new(&options, &evidence), -EPERM);
	assert_null(evidence);
}

static void test_no_directory(void **state)
{
	const struct evidence_options options = {.directory = "/dev/null/state", .max_files = 1, .max_bytes = 1};
	struct evidence *evidence = NULL;
	struct log_capture capture;

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	log_capture_begin(&capture);
	int error = evidence_new(&options, &evidence);
	const char *text = log_capture_end(&capture);
	assert_int_equal(error, -ENOTDIR);
	assert_null(evidence);
	assert_non_null(strstr(text, "no evidence is kept: cannot use /dev/null/state"));
}

/* The directory is taken away under it: that is told once, and not once for each file. */
static void test_file_that_cannot_be_made(void **state)
{
	struct evidence *evidence = open_evidence(3, 1000);
	struct log_capture capture;

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(rmdir(directory), 0);
	log_capture_begin(&capture);
	for (uint64_t i = 1; i <= 3; i++) {
		evidence_begin(evidence, i, "bad-helo");
		write_packet(evidence, i, 100);
		write_packet(evidence, i, 100);
	}
	const char *text = log_capture_end(&capture);
	const char *told = strstr(text, "evidence is lost: cannot make its file");
	assert_non_null(told);
	assert_null(strstr(told + 1, "evidence is lost"));
	evidence_free(evidence);
}

/* The disk is full: as a limit on the size of files says it. */
static void test_file_that_cannot_be_written(void **state)
{
	struct evidence *evidence = open_evidence(3, 100000);
	struct log_capture capture;
	struct rlimit before;

	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	evidence_begin(evidence, 1, "bad-helo");
	log_capture_begin(&capture);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){500, before.rlim_max}), 0);
	write_packet(evidence, 1, 1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	const char *text = log_capture_end(&capture);
	assert_non_null(strstr(text, "evidence is lost: cannot write to its file"));
	evidence_begin(evidence, 2, "bad-helo");
	write_packet(evidence, 2, 1000); /* another file is one more try */
	_cleanup_free_ char *path = NULL;
	assert_int_equal(list_files(&path), 2);
	evidence_free(evidence);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_file),
		TEST(test_bounds),
		TEST(test_quiet_file_is_closed),
		TEST(test_directory_of_others_is_refused),
		TEST(test_no_directory),
		TEST(test_file_that_cannot_be_made),
		TEST(test_file_that_cannot_be_written),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
