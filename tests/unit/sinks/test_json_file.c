// SPDX-License-Identifier: GPL-2.0-only
/* The file of JSON lines: opened anew under load, full, and gone. */
#include "json.h"
#include "lib/log.h"
#include "shop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

struct station {
	char directory[32];
	char path[64];
	char old_path[64];
	struct sinks *sinks;
};

static int set_up(void **state)
{
	static struct station station;

	station = (struct station){.directory = "/tmp/smtpwatch-unit.XXXXXX", .sinks = sinks_new()};
	*state = &station;
	if (!mkdtemp(station.directory) || !station.sinks)
		return -1;
	snprintf(station.path, sizeof(station.path), "%s/alerts.json", station.directory);
	snprintf(station.old_path, sizeof(station.old_path), "%s/alerts.json.1", station.directory);
	alarm(30);
	umask(022);
	signal(SIGXFSZ, SIG_IGN);
	return 0;
}

static int tear_down(void **state)
{
	struct station *station = *state;

	alarm(0);
	sinks_free(station->sinks);
	unlink(station->path);
	unlink(station->old_path);
	return rmdir(station->directory);
}

static void write_alerts(struct station *station, uint64_t first, uint64_t last)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	for (alert.count = first; alert.count <= last; alert.count++)
		sinks_write_alert(station->sinks, &alert);
}

/* Every line of the file is whole, and their counts go on from `first`. Returns the next one. */
static uint64_t check_file(const char *path, uint64_t first)
{
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	ssize_t size;

	assert_non_null(stream);
	for (; (size = getline(&line, &room, stream)) > 0; first++) {
		_cleanup_json_ json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(object);
		assert_int_equal(line[size - 1], '\n');
		assert_int_equal(json_integer_value(at(object, "smtpwatch.count")), first);
	}
	return first;
}

static uint64_t losses(const struct station *station)
{
	struct sink_loss rows[SINKS_MAX];

	assert_int_equal(sinks_losses(station->sinks, rows), 1);
	assert_string_equal(rows[0].name, "json");
	return rows[0].count;
}

static size_t count_lines(const char *path)
{
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	size_t lines = 0;
	int byte;

	assert_non_null(stream);
	while ((byte = getc(stream)) != EOF)
		lines += byte == '\n';
	return lines;
}

static void test_alerts_only(void **state)
{
	struct station *station = *state;
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow};
	struct stat status;

	assert_int_equal(sinks_add_json_file(station->sinks, station->path, false), 0);
	assert_int_equal(stat(station->path, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0640);
	sinks_write_flow(station->sinks, &event);
	assert_int_equal(count_lines(station->path), 0);
	write_alerts(station, 1, 3);
	assert_int_equal(check_file(station->path, 1), 4);
}

static void test_flows(void **state)
{
	struct station *station = *state;
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow};
	struct actor actor = shop_actor();
	struct submission_event submission = shop_submission(&actor);

	assert_int_equal(sinks_add_json_file(station->sinks, station->path, true), 0);
	sinks_write_flow(station->sinks, &event);
	sinks_write_submission(station->sinks, &submission);
	assert_int_equal(count_lines(station->path), 2);
}

static void test_goes_on_behind_what_is_there(void **state)
{
	struct station *station = *state;

	for (uint64_t count = 1; count <= 3; count++) {
		assert_int_equal(sinks_add_json_file(station->sinks, station->path, false), 0);
		write_alerts(station, count, count);
		sinks_free(station->sinks);
		station->sinks = sinks_new();
	}
	assert_int_equal(check_file(station->path, 1), 4);
}

static void test_reopen(void **state)
{
	struct station *station = *state;

	assert_int_equal(sinks_add_json_file(station->sinks, station->path, false), 0);
	write_alerts(station, 1, 5);
	assert_int_equal(rename(station->path, station->old_path), 0);
	write_alerts(station, 6, 7);
	sinks_reopen(station->sinks);
	write_alerts(station, 8, 9);
	assert_int_equal(check_file(station->path, check_file(station->old_path, 1)), 10);
	assert_int_equal(count_lines(station->path), 2);
}

static void test_reopen_that_fails(void **state)
{
	struct station *station = *state;

	assert_int_equal(sinks_add_json_file(station->sinks, station->path, false), 0);
	write_alerts(station, 1, 1);
	assert_int_equal(rename(station->path, station->old_path), 0);
	assert_int_equal(mkdir(station->path, 0700), 0);
	sinks_reopen(station->sinks);
	write_alerts(station, 2, 2);
	assert_int_equal(check_file(station->old_path, 1), 3);
	assert_int_equal(rmdir(station->path), 0);
	sinks_tick(station->sinks);
	write_alerts(station, 3, 3);
	assert_int_equal(check_file(station->old_path, 1), 4);
	sinks_reopen(station->sinks);
	write_alerts(station, 4, 4);
	assert_int_equal(check_file(station->path, 4), 5);
}

/* What is no file yet gets what waited, once it can be made. */
static void test_directory_that_comes_later(void **state)
{
	struct station *station = *state;
	char folder[128];
	char path[160];

	snprintf(folder, sizeof(folder), "%s/later", station->directory);
	snprintf(path, sizeof(path), "%s/alerts.json", folder);
	assert_int_equal(sinks_add_json_file(station->sinks, path, false), 0);
	write_alerts(station, 1, 3);
	sinks_reopen(station->sinks);
	sinks_tick(station->sinks);
	assert_int_equal(mkdir(folder, 0700), 0);
	sinks_tick(station->sinks);
	write_alerts(station, 4, 4);
	assert_int_equal(check_file(path, 1), 5);
	assert_int_equal(losses(station), 0);
	unlink(path);
	rmdir(folder);
}

/* Neither somebody else's link nor a FIFO, which could hold up the writer, is taken for the file. */
static void test_not_a_file(void **state)
{
	struct station *station = *state;

	assert_int_equal(symlink(station->old_path, station->path), 0);
	assert_int_equal(sinks_add_json_file(station->sinks, station->path, false), 0);
	write_alerts(station, 1, 1);
	assert_int_equal(access(station->old_path, F_OK), -1);
	assert_int_equal(unlink(station->path), 0);
	assert_int_equal(mkfifo(station->path, 0600), 0);
	sinks_tick(station->sinks);
	int reader = open(station->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(reader >= 0);
	sinks_tick(station->sinks);
	close(reader);
	assert_int_equal(unlink(station->path), 0);
	sinks_tick(station->sinks);
	assert_int_equal(check_file(station->path, 1), 2);
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit that lies inside a line cuts the write as a full disk does: what was begun is finished, in the same file, and
 * all that waited follows. */
static void test_full_file(void **state)
{
	struct station *station = *state;
	struct stat status;

	assert_int_equal(sinks_add_json_file(station->sinks, station->path, false), 0);
	write_alerts(station, 1, 1);
	assert_int_equal(stat(station->path, &status), 0);
	limit_file_size((rlim_t)status.st_size + 100);
	write_alerts(station, 2, 20);
	assert_int_equal(rename(station->path, station->old_path), 0);
	sinks_reopen(station->sinks);
	assert_int_equal(access(station->path, F_OK), -1);
	limit_file_size(RLIM_INFINITY);
	sinks_tick(station->sinks);
	write_alerts(station, 21, 21);
	assert_int_equal(losses(station), 0);
	assert_int_equal(check_file(station->path, check_file(station->old_path, 1)), 22);
	assert_true(count_lines(station->path) >= 1);
}

/* Memory stays bounded; the oldest are lost, and counted. */
static void test_full_disk(void **state)
{
	enum { ALERTS = 6000 };
	struct station *station = *state;

	assert_int_equal(sinks_add_json_file(station->sinks, "/dev/full", false), 0);
	write_alerts(station, 1, ALERTS);
	assert_in_range(losses(station), 1, ALERTS - 1000);
}

/* /dev/full takes nothing for ever. */
static void test_ends_with_a_full_disk(void **state)
{
	struct station *station = *state;

	assert_int_equal(sinks_add_json_file(station->sinks, "/dev/full", false), 0);
	write_alerts(station, 1, 1);
	sinks_tick(station->sinks);
	assert_int_equal(losses(station), 0);
	sinks_free(station->sinks);
	station->sinks = NULL;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_alerts_only),
		TEST(test_flows),
		TEST(test_goes_on_behind_what_is_there),
		TEST(test_reopen),
		TEST(test_reopen_that_fails),
		TEST(test_directory_that_comes_later),
		TEST(test_not_a_file),
		TEST(test_full_file),
		TEST(test_full_disk),
		TEST(test_ends_with_a_full_disk),
	};

	log_set_level(LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("json_file", tests, set_utc, NULL);
}
