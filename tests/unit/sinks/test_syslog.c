// SPDX-License-Identifier: GPL-2.0-only
/* The syslog sink, with a real socket at the other end. */
#include "hostile.h"
#include "lib/log.h"
#include "shop.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#define QUEUE_MAX 256       /* sinks/datagrams.c */
#define RSYSLOG_MAX 8192    /* rsyslog's maxMessageSize, if nobody changes it */
#define PATIENCE_SECONDS 20 /* whoever blocks is ended by SIGALRM */

struct station {
	char directory[32];
	char path[64];
	int receiver; /* -1: none */
	struct sinks *sinks;
	char datagram[2 * RSYSLOG_MAX]; /* the last one that was received, NUL-terminated */
};

/* A socket at the path, in place of any that was there. */
static void start_receiver(struct station *station)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	unlink(station->path);
	memcpy(address.sun_path, station->path, strlen(station->path));
	station->receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(station->receiver >= 0);
	assert_int_equal(bind(station->receiver, (const struct sockaddr *)&address, sizeof(address)), 0);
}

static void stop_receiver(struct station *station)
{
	close(station->receiver);
	station->receiver = -1;
}

static int set_up(void **state)
{
	static struct station station;

	station = (struct station){.directory = "/tmp/smtpwatch-unit.XXXXXX", .receiver = -1, .sinks = sinks_new()};
	*state = &station;
	if (!mkdtemp(station.directory) || !station.sinks)
		return -1;
	snprintf(station.path, sizeof(station.path), "%s/log", station.directory);
	alarm(PATIENCE_SECONDS);
	return sinks_add_syslog(station.sinks, station.path, LOG_MAIL, SYSLOG_RFC3164);
}

static int tear_down(void **state)
{
	struct station *station = *state;

	alarm(0);
	sinks_free(station->sinks);
	if (station->receiver >= 0)
		close(station->receiver);
	unlink(station->path);
	return rmdir(station->directory);
}

/* Writes an alert that can be told by its count. */
static void write_alert(struct station *station, uint64_t count)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	alert.count = count;
	sinks_write_alert(station->sinks, &alert);
}

/* The next datagram that is there; nothing is waited for, since a local socket has what was sent at once. */
static bool receive(struct station *station)
{
	ssize_t size = recv(station->receiver, station->datagram, sizeof(station->datagram) - 1, MSG_DONTWAIT);

	station->datagram[size > 0 ? size : 0] = '\0';
	if (size > 0)
		assert_int_equal(strlen(station->datagram), size);
	return size > 0;
}

static uint64_t received_count(const struct station *station)
{
	const char *count = strstr(station->datagram, " count=");

	assert_non_null(count);
	return strtoull(count + strlen(" count="), NULL, 10);
}

static void assert_receives(struct station *station, uint64_t count)
{
	assert_true(receive(station));
	assert_int_equal(received_count(station), count);
}

/* The time of the datagram is one that was between the two. */
static void assert_date(const char *date, time_t before, time_t after)
{
	for (time_t second = before; second <= after; second++) {
		struct tm parts;
		char text[32];

		assert_non_null(gmtime_r(&second, &parts));
		strftime(text, sizeof(text), "%b %e %H:%M:%S", &parts);
		if (memcmp(date, text, strlen(text)) == 0)
			return;
	}
	fail_msg("%.15s is not now", date);
}

static void test_datagram(void **state)
{
	struct station *station = *state;
	char expected[128];

	start_receiver(station);
	time_t before = time(NULL);
	write_alert(station, 3);
	time_t after = time(NULL);
	assert_true(receive(station));
	assert_memory_equal(station->datagram, "<19>", 4);
	assert_date(station->datagram + 4, before, after);
	snprintf(expected, sizeof(expected), " smtpwatchd[%d]: ALERT rule=direct-to-mx severity=high user=shop42 ",
		 (int)getpid());
	assert_memory_equal(station->datagram + strlen("<19>Nov 22 03:12:04"), expected, strlen(expected));
	assert_string_equal(strrchr(station->datagram, ' '), " script_source=php-request");
	assert_false(receive(station));
}

/* The time of RFC 5424, with microseconds and the offset to UTC; 5:45 is one that is not of whole hours. */
static void test_rfc5424(void **state)
{
	struct station *station = *state;
	char host[256] = "";
	char expected[512];
	struct tm parts = {0};
	int microseconds;

	sinks_free(station->sinks);
	station->sinks = sinks_new();
	assert_int_equal(sinks_add_syslog(station->sinks, station->path, LOG_MAIL, SYSLOG_RFC5424), 0);
	start_receiver(station);
	setenv("TZ", "ABC-5:45", 1);
	tzset();
	time_t before = time(NULL);
	write_alert(station, 3);
	time_t after = time(NULL);
	set_utc(NULL);
	assert_true(receive(station));

	const char *rest = strptime(station->datagram, "<19>1 %Y-%m-%dT%H:%M:%S", &parts);
	assert_non_null(rest);
	assert_in_range(timegm(&parts) - (5 * 60 + 45) * 60, before, after);
	assert_int_equal(sscanf(rest, ".%6d+05:45 ", &microseconds), 1);
	gethostname(host, sizeof(host) - 1);
	snprintf(expected, sizeof(expected), "+05:45 %s smtpwatchd %d - - ALERT rule=direct-to-mx severity=high ", host,
		 (int)getpid());
	assert_memory_equal(rest + strlen(".123456"), expected, strlen(expected));
	assert_string_equal(strrchr(station->datagram, ' '), " script_source=php-request");
}

static void test_losses(void **state)
{
	struct station *station = *state;
	struct sink_loss rows[SINKS_MAX];

	for (uint64_t count = 1; count <= QUEUE_MAX + 10; count++)
		write_alert(station, count);
	assert_int_equal(sinks_losses(station->sinks, rows), 1);
	assert_string_equal(rows[0].name, "syslog");
	assert_int_equal(rows[0].count, 10);
}

static void test_priorities(void **state)
{
	static const char *const expected[] = {
		[ALERT_SEVERITY_INFO] = "<190>",     [ALERT_SEVERITY_NOTICE] = "<189>",
		[ALERT_SEVERITY_WARNING] = "<188>",  [ALERT_SEVERITY_HIGH] = "<187>",
		[ALERT_SEVERITY_CRITICAL] = "<186>",
	};
	struct station *station = *state;
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);

	assert_int_equal(ARRAY_SIZE(expected), ALERT_SEVERITY_COUNT);
	sinks_free(station->sinks);
	station->sinks = sinks_new();
	assert_int_equal(sinks_add_syslog(station->sinks, station->path, LOG_LOCAL7, SYSLOG_RFC3164), 0);
	start_receiver(station);
	for (int severity = 0; severity < ALERT_SEVERITY_COUNT; severity++) {
		alert.severity = (enum alert_severity)severity;
		sinks_write_alert(station->sinks, &alert);
		assert_true(receive(station));
		assert_memory_equal(station->datagram, expected[severity], strlen(expected[severity]));
	}
}

static void test_one_datagram_an_alert(void **state)
{
	struct station *station = *state;
	struct flow flow = shop_flow();
	struct flow_event event = {.moment = FLOW_ATTEMPTED, .flow = &flow};
	struct actor actor = shop_actor();
	struct submission_event submission = shop_submission(&actor);
	struct summary summary = shop_summary();

	start_receiver(station);
	for (uint64_t count = 1; count <= 5; count++)
		write_alert(station, count);
	sinks_write_flow(station->sinks, &event);
	sinks_write_submission(station->sinks, &submission);
	sinks_write_summary(station->sinks, &summary);
	sinks_tick(station->sinks);
	for (uint64_t count = 1; count <= 5; count++)
		assert_receives(station, count);
	assert_false(receive(station));
}

static void test_hostile(void **state)
{
	struct station *station = *state;

	start_receiver(station);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(hostile_texts); i++) {
		struct hostile hostile;

		make_hostile(&hostile, i / 2, i % 2 ? HOSTILE_SIZE - 2 : 0, i % 2);
		sinks_write_alert(station->sinks, &hostile.alert);
		assert_true(receive(station));
		assert_true(strlen(station->datagram) < RSYSLOG_MAX);
		assert_harmless(station->datagram, strlen(station->datagram));
		assert_non_null(strstr(station->datagram, "]: ALERT rule=direct-to-mx severity=high user="));
		assert_non_null(strstr(station->datagram, " dst=203.0.113.25:25 count=3 networks=3 evidence="));
		assert_string_equal(strrchr(station->datagram, ' '), " script_source=php-request");
		assert_false(receive(station));
	}
}

static void test_socket_that_comes_later(void **state)
{
	struct station *station = *state;

	write_alert(station, 1);
	write_alert(station, 2);
	sinks_tick(station->sinks);
	start_receiver(station);
	assert_false(receive(station));
	sinks_tick(station->sinks);
	assert_receives(station, 1);
	assert_receives(station, 2);
	sinks_tick(station->sinks);
	assert_false(receive(station));
	write_alert(station, 3);
	assert_receives(station, 3);
}

/* What still waits when the daemon ends is sent then, if it can be. */
static void test_end(void **state)
{
	struct station *station = *state;

	write_alert(station, 1);
	start_receiver(station);
	sinks_free(station->sinks);
	station->sinks = NULL;
	assert_receives(station, 1);
	assert_false(receive(station));
}

static void test_end_without_a_socket(void **state)
{
	struct station *station = *state;

	write_alert(station, 1);
	sinks_free(station->sinks);
	station->sinks = NULL;
	start_receiver(station);
	assert_false(receive(station));
}

static void test_receiver_restarts(void **state)
{
	struct station *station = *state;

	start_receiver(station);
	write_alert(station, 1);
	assert_receives(station, 1);
	stop_receiver(station);
	start_receiver(station);
	write_alert(station, 2);
	assert_receives(station, 2);

	stop_receiver(station);
	write_alert(station, 3);
	unlink(station->path);
	write_alert(station, 4);
	start_receiver(station);
	sinks_tick(station->sinks);
	assert_receives(station, 3);
	assert_receives(station, 4);
	assert_false(receive(station));
}

/* A name in the file system that is no socket, or one of another kind. */
static void test_no_socket_at_the_path(void **state)
{
	struct station *station = *state;
	FILE *file = fopen(station->path, "we");

	assert_non_null(file);
	fclose(file);
	write_alert(station, 1);
	start_receiver(station);
	sinks_tick(station->sinks);
	assert_receives(station, 1);
}

/* Nothing blocks, memory stays bounded, and of what was too much the newest stays: it has the larger count. */
static void test_receiver_that_does_not_read(void **state)
{
	enum { ALERTS = 3000 };
	struct station *station = *state;
	uint64_t last = 0;
	size_t held = 0;
	size_t later = 0;

	start_receiver(station);
	for (uint64_t count = 1; count <= ALERTS; count++)
		write_alert(station, count);
	for (; receive(station); held++)
		assert_int_equal(received_count(station), ++last);
	assert_in_range(held, 1, ALERTS - QUEUE_MAX - 1);

	for (sinks_tick(station->sinks); receive(station); sinks_tick(station->sinks)) {
		do {
			assert_true(received_count(station) > last);
			last = received_count(station);
			later++;
		} while (receive(station));
	}
	assert_int_equal(later, QUEUE_MAX);
	assert_int_equal(last, ALERTS);
	write_alert(station, ALERTS + 1);
	assert_receives(station, ALERTS + 1);
}

static void test_queue_without_a_socket_is_bounded(void **state)
{
	struct station *station = *state;

	for (uint64_t count = 1; count <= 2 * QUEUE_MAX + 10; count++)
		write_alert(station, count);
	start_receiver(station);
	for (uint64_t count = QUEUE_MAX + 11; count <= 2 * QUEUE_MAX + 10; count++) {
		sinks_tick(station->sinks);
		assert_receives(station, count);
	}
	sinks_tick(station->sinks);
	assert_false(receive(station));
}

static void test_path_too_long(void **state)
{
	struct station *station = *state;
	char path[200];

	memset(path, 'x', sizeof(path));
	for (size_t length = 108; length < sizeof(path); length++) {
		path[length] = '\0';
		assert_int_equal(sinks_add_syslog(station->sinks, path, LOG_MAIL, SYSLOG_RFC3164), -ENAMETOOLONG);
		path[length] = 'x';
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_datagram),
		TEST(test_rfc5424),
		TEST(test_losses),
		TEST(test_priorities),
		TEST(test_one_datagram_an_alert),
		TEST(test_hostile),
		TEST(test_socket_that_comes_later),
		TEST(test_end),
		TEST(test_end_without_a_socket),
		TEST(test_receiver_restarts),
		TEST(test_no_socket_at_the_path),
		TEST(test_receiver_that_does_not_read),
		TEST(test_queue_without_a_socket_is_bounded),
		TEST(test_path_too_long),
	};

	log_set_level(LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("syslog", tests, set_utc, NULL);
}
