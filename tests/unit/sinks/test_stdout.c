// SPDX-License-Identifier: GPL-2.0-only
/* stdout of the daemon: whoever reads it slowly, or not at all, does not hold it up. */
#include "json.h"
#include "lib/log.h"
#include "shop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define PATIENCE_SECONDS 30 /* whoever blocks is ended by SIGALRM */

/* stdout is the sinks' for a while; what cmocka says goes where it went. */
static struct station {
	int real_stdout;
	int reader;
	struct sinks *sinks;
	char text[1 << 20];
	size_t size;
} station;

static void connect_stdout(int writer, int reader)
{
	assert_true(writer >= 0 && reader >= 0);
	station.real_stdout = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	fflush(stdout);
	assert_int_equal(dup2(writer, STDOUT_FILENO), STDOUT_FILENO);
	close(writer);
	station.reader = reader;
	station.sinks = sinks_new();
	assert_non_null(station.sinks);
	assert_int_equal(sinks_add_json_stdout(station.sinks), 0);
}

/* Gives back what the sinks had: their end is that of the file too. */
static void disconnect_stdout(void)
{
	sinks_free(station.sinks);
	station.sinks = NULL;
	assert_int_equal(dup2(station.real_stdout, STDOUT_FILENO), STDOUT_FILENO);
	close(station.real_stdout);
}

static int set_up(void **state)
{
	(void)state;
	station = (struct station){.reader = -1};
	signal(SIGPIPE, SIG_IGN);
	alarm(PATIENCE_SECONDS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	alarm(0);
	if (station.reader >= 0)
		close(station.reader);
	return 0;
}

static void make_pipe(bool is_socket)
{
	int ends[2];

	if (is_socket)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	else
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	connect_stdout(ends[1], ends[0]);
}

static void write_alerts(uint64_t first, uint64_t last)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	for (alert.count = first; alert.count <= last; alert.count++)
		sinks_write_alert(station.sinks, &alert);
}

/* What is there now, behind what was read before. */
static bool read_some(void)
{
	assert_int_equal(fcntl(station.reader, F_SETFL, O_NONBLOCK), 0);
	ssize_t size = read(station.reader, station.text + station.size, sizeof(station.text) - 1 - station.size);
	station.size += size > 0 ? (size_t)size : 0;
	return size > 0;
}

/* Whole lines, each JSON, with ever larger counts. Returns how many; `ret_last` is the last one's count. */
static uint64_t count_lines(uint64_t *ret_last)
{
	uint64_t lines = 0;

	*ret_last = 0;
	station.text[station.size] = '\0';
	assert_true(station.size == 0 || station.text[station.size - 1] == '\n');
	for (char *line = strtok(station.text, "\n"); line; line = strtok(NULL, "\n")) {
		_cleanup_json_ json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(object);
		uint64_t count = (uint64_t)json_integer_value(at(object, "smtpwatch.count"));
		assert_true(count > *ret_last);
		*ret_last = count;
		lines++;
	}
	return lines;
}

static uint64_t losses(void)
{
	struct sink_loss rows[SINKS_MAX];

	assert_int_equal(sinks_losses(station.sinks, rows), 1);
	assert_string_equal(rows[0].name, "stdout");
	return rows[0].count;
}

/* More than a pipe has room for waits, and all of it comes out in order, called by the descriptor alone. */
static void read_slowly(bool is_socket)
{
	enum { ALERTS = 400 };
	struct pollfd ready;
	uint64_t last;

	make_pipe(is_socket);
	write_alerts(1, ALERTS);
	ready = (struct pollfd){.fd = sinks_fd(station.sinks), .events = POLLIN};
	assert_int_equal(poll(&ready, 1, 0), 0);
	while (read_some())
		if (poll(&ready, 1, 0) == 1)
			sinks_serve(station.sinks);
	assert_int_equal(poll(&ready, 1, 0), 0);
	assert_int_equal(losses(), 0);
	disconnect_stdout();
	assert_int_equal(count_lines(&last), ALERTS);
	assert_int_equal(last, ALERTS);
}

static void test_slow_reader(void **state)
{
	(void)state;
	read_slowly(false);
}

static void test_slow_reader_of_a_socket(void **state)
{
	(void)state;
	read_slowly(true);
}

/* The queue is full: nothing blocks, the newest stay, and what was lost is counted. */
static void test_reader_that_does_not_read(void **state)
{
	enum { ALERTS = 6000 };
	uint64_t last;

	(void)state;
	make_pipe(false);
	write_alerts(1, ALERTS);
	uint64_t lost = losses();
	assert_in_range(lost, 1, ALERTS);
	uint64_t lines = 0;
	do {
		for (size_t i = 0; i < station.size; i++)
			lines += station.text[i] == '\n';
		station.size = 0;
		sinks_serve(station.sinks);
	} while (read_some());
	assert_int_equal(lines, ALERTS - lost);
	write_alerts(ALERTS + 1, ALERTS + 1);
	assert_true(read_some());
	assert_int_equal(losses(), lost);
	disconnect_stdout();
	assert_int_equal(count_lines(&last), 1);
	assert_int_equal(last, ALERTS + 1);
}

/* Reads when it is told to, until it has so many lines. */
static _Noreturn void read_lines(int start, uint64_t expected)
{
	char bytes[4096];
	uint64_t lines = 0;

	if (read(start, bytes, 1) != 1)
		_exit(1);
	while (lines < expected) {
		ssize_t size = read(station.reader, bytes, sizeof(bytes));
		if (size <= 0)
			_exit(2);
		for (ssize_t i = 0; i < size; i++)
			lines += bytes[i] == '\n';
	}
	_exit(0);
}

/* Who begins to read only at the end has everything. */
static void test_end_waits_for_the_reader(void **state)
{
	enum { ALERTS = 400 };
	int start[2];
	int status;

	(void)state;
	make_pipe(false);
	write_alerts(1, ALERTS);
	assert_int_equal(pipe2(start, O_CLOEXEC), 0);
	pid_t reader = fork();
	if (reader == 0)
		read_lines(start[0], ALERTS);
	assert_true(reader > 0);
	assert_int_equal(write(start[1], "", 1), 1);
	disconnect_stdout();
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_int_equal(status, 0);
	close(start[0]);
	close(start[1]);
}

/* Others that share the descriptor would be surprised (fcntl(2)). */
static void test_descriptor_stays_blocking(void **state)
{
	(void)state;
	make_pipe(false);
	assert_int_equal(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
	disconnect_stdout();
}

static void test_reader_goes_away(void **state)
{
	(void)state;
	make_pipe(false);
	write_alerts(1, 1);
	assert_false(sinks_reader_is_gone(station.sinks));
	close(station.reader);
	station.reader = -1;
	write_alerts(2, 2);
	assert_true(sinks_reader_is_gone(station.sinks));
	write_alerts(3, 3);
	disconnect_stdout();
}

/* Behind what is there, as the shell's >> has it. */
static void test_file(void **state)
{
	char path[] = "/tmp/smtpwatch-unit.XXXXXX";
	int fd = mkostemp(path, O_APPEND | O_CLOEXEC);
	uint64_t last;

	(void)state;
	connect_stdout(fd, open(path, O_RDONLY | O_CLOEXEC));
	unlink(path);
	write_alerts(1, 500);
	disconnect_stdout();
	while (read_some())
		;
	assert_int_equal(count_lines(&last), 500);
}

static void test_full_disk(void **state)
{
	(void)state;
	connect_stdout(open("/dev/full", O_WRONLY | O_CLOEXEC), open("/dev/null", O_RDONLY | O_CLOEXEC));
	write_alerts(1, 20);
	assert_int_equal(losses(), 0);
	assert_false(sinks_reader_is_gone(station.sinks));
	disconnect_stdout();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_slow_reader),
		TEST(test_slow_reader_of_a_socket),
		TEST(test_reader_that_does_not_read),
		TEST(test_end_waits_for_the_reader),
		TEST(test_descriptor_stays_blocking),
		TEST(test_reader_goes_away),
		TEST(test_file),
		TEST(test_full_disk),
	};

	log_set_level(LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stdout", tests, set_utc, NULL);
}
