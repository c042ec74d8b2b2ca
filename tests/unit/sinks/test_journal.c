// SPDX-License-Identifier: GPL-2.0-only
/* The journal sink, with a socket at the other end that reads as journald does. */
#include "hostile.h"
#include "lib/log.h"
#include "shop.h"
#include "sinks/journal_entry.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>

#define QUEUE_MAX 256 /* sinks/datagrams.c */

struct station {
	char directory[32];
	char path[64];
	int receiver;
	struct sinks *sinks;
	char entry[65536];
	size_t size;
	bool by_memfd; /* the last one came so */
};

static void start_receiver(struct station *station)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	unlink(station->path);
	memcpy(address.sun_path, station->path, strlen(station->path));
	station->receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(station->receiver >= 0);
	assert_int_equal(bind(station->receiver, (const struct sockaddr *)&address, sizeof(address)), 0);
}

static int set_up(void **state)
{
	static struct station station;

	station = (struct station){.directory = "/tmp/smtpwatch-unit.XXXXXX", .receiver = -1, .sinks = sinks_new()};
	*state = &station;
	if (!mkdtemp(station.directory) || !station.sinks)
		return -1;
	snprintf(station.path, sizeof(station.path), "%s/socket", station.directory);
	alarm(20);
	return sinks_add_journal(station.sinks, station.path, LOG_MAIL);
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

static void write_alert(struct station *station, uint64_t count)
{
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	alert.incident = shop_incident();

	alert.count = count;
	sinks_write_alert(station->sinks, &alert);
}

/* What a sealed memfd has, as journald would take it: all four seals, and from its beginning. */
static void read_memfd(struct station *station, int memfd)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	struct stat status;

	assert_int_equal(fcntl(memfd, F_GET_SEALS) & seals, seals);
	assert_int_equal(fstat(memfd, &status), 0);
	assert_true((size_t)status.st_size < sizeof(station->entry));
	station->size = (size_t)status.st_size;
	assert_int_equal(pread(memfd, station->entry, station->size, 0), station->size);
	close(memfd);
}

static bool receive(struct station *station)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec content = {.iov_base = station->entry, .iov_len = sizeof(station->entry) - 1};
	struct msghdr message = {
		.msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

	ssize_t size = recvmsg(station->receiver, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size < 0)
		return false;
	station->size = (size_t)size;
	station->by_memfd = message.msg_controllen > 0;
	if (station->by_memfd) {
		int memfd;
		assert_int_equal(size, 0);
		memcpy(&memfd, CMSG_DATA(&control.header), sizeof(memfd));
		read_memfd(station, memfd);
	}
	station->entry[station->size] = '\0';
	return true;
}

/* The value of a field that must be there once; NULL: it is not there. */
static const char *field(const struct station *station, const char *name)
{
	static char value[16384];
	const char *found = NULL;
	size_t length = strlen(name);

	for (const char *line = station->entry; line < station->entry + station->size; line = strchr(line, '\n') + 1) {
		assert_non_null(strchr(line, '\n'));
		if (strncmp(line, name, length) == 0 && line[length] == '=') {
			assert_null(found);
			found = line + length + 1;
		}
	}
	if (!found)
		return NULL;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, "\n"), found);
	return value;
}

static void assert_field(const struct station *station, const char *name, const char *expected)
{
	const char *value = field(station, name);

	if (!value)
		fail_msg("%s is missing", name);
	assert_string_equal(value, expected);
}

static void test_fields(void **state)
{
	struct station *station = *state;
	char pid[16];

	start_receiver(station);
	write_alert(station, 3);
	assert_true(receive(station));
	assert_false(station->by_memfd);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_non_null(field(station, "MESSAGE"));
	assert_memory_equal(field(station, "MESSAGE"), "ALERT rule=direct-to-mx severity=high user=shop42 ", 50);
	assert_field(station, "PRIORITY", "3");
	assert_field(station, "SYSLOG_FACILITY", "2");
	assert_field(station, "SYSLOG_IDENTIFIER", "smtpwatchd");
	assert_field(station, "SYSLOG_PID", pid);
	assert_int_equal(strlen(field(station, "MESSAGE_ID")), 32);
	assert_field(station, "SMTPWATCH_RULE", "direct-to-mx");
	assert_field(station, "SMTPWATCH_SEVERITY", "high");
	assert_field(station, "SMTPWATCH_PHASE", "risen");
	assert_field(station, "SMTPWATCH_INCIDENT", "k7x3pq");
	assert_field(station, "SMTPWATCH_USER", "shop42");
	assert_field(station, "SMTPWATCH_UID", "1042");
	assert_field(station, "SMTPWATCH_PID", "4121");
	assert_field(station, "SMTPWATCH_EXECUTABLE", "/usr/sbin/php-fpm8.2");
	assert_field(station, "SMTPWATCH_SITE", "shop42.example");
	assert_field(station, "SMTPWATCH_SCRIPT", "/var/www/shop42/x.php");
	assert_field(station, "SMTPWATCH_URL", "/x.php?id=7");
	assert_field(station, "SMTPWATCH_UNIT", "php8.2-fpm.service");
	assert_field(station, "SMTPWATCH_DESTINATION", "203.0.113.25:25");
	assert_field(station, "SMTPWATCH_COUNT", "3");
	assert_null(field(station, "SMTPWATCH_EVIDENCE"));
	assert_false(receive(station));
}

/* Where no process is known, nothing stands in its place. */
static void test_no_process(void **state)
{
	struct station *station = *state;
	struct actor actor = {.origin = ACTOR_ORIGIN_WIRE, .identity.key.uid = UINT32_MAX};
	struct alert alert = shop_alert(&actor);

	alert.remote.port = 0;
	alert.evidence = "three of them";
	start_receiver(station);
	sinks_write_alert(station->sinks, &alert);
	assert_true(receive(station));
	static const char *const absent[] = {
		"SMTPWATCH_UID", "SMTPWATCH_PID",  "SMTPWATCH_USER", "SMTPWATCH_EXECUTABLE",  "SMTPWATCH_SCRIPT",
		"SMTPWATCH_URL", "SMTPWATCH_SITE", "SMTPWATCH_UNIT", "SMTPWATCH_DESTINATION",
	};
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		assert_null(field(station, absent[i]));
	assert_field(station, "SMTPWATCH_EVIDENCE", "three of them");
}

/* Names and paths of others begin no fields of their own. */
static void test_hostile(void **state)
{
	struct station *station = *state;

	start_receiver(station);
	for (size_t i = 0; i < ARRAY_SIZE(hostile_texts); i++) {
		struct hostile hostile;
		size_t lines = 0;

		make_hostile(&hostile, i, HOSTILE_SIZE - 2, true);
		sinks_write_alert(station->sinks, &hostile.alert);
		assert_true(receive(station));
		for (char *line = strtok(station->entry, "\n"); line; line = strtok(NULL, "\n")) {
			assert_harmless(line, strlen(line));
			assert_true(strncmp(line, "SMTPWATCH_", 10) == 0 || strncmp(line, "SYSLOG_", 7) == 0 ||
				    strncmp(line, "MESSAGE", 7) == 0 || strncmp(line, "PRIORITY=", 9) == 0);
			lines++;
		}
		assert_in_range(lines, 12, 20);
	}
}

static void test_binary_form(void **state)
{
	static const char expected[] = "A=b\nC\n\3\0\0\0\0\0\0\0d\ne\nF=\n";
	_cleanup_free_ char *entry = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&entry, &size);

	(void)state;
	assert_non_null(stream);
	journal_entry_put(stream, "A", "b", 1);
	journal_entry_put(stream, "C", "d\ne", 3);
	journal_entry_put(stream, "F", "", 0);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(size, sizeof(expected) - 1);
	assert_memory_equal(entry, expected, size);
}

/* The descriptor by which the sink is connected with the station. */
static int find_sender(const struct station *station)
{
	for (int fd = 3; fd < 64; fd++) {
		struct sockaddr_un address = {0};
		socklen_t size = sizeof(address);
		if (getpeername(fd, (struct sockaddr *)&address, &size) == 0 &&
		    strcmp(address.sun_path, station->path) == 0)
			return fd;
	}
	return -1;
}

static void test_too_large_for_a_datagram(void **state)
{
	struct station *station = *state;
	struct hostile hostile;
	int bytes = 1; /* the kernel makes it the least that there is, some 4 KiB */

	start_receiver(station);
	write_alert(station, 1);
	assert_true(receive(station));
	assert_false(station->by_memfd);
	assert_int_equal(setsockopt(find_sender(station), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)), 0);
	make_hostile(&hostile, 0, HOSTILE_SIZE - 2, true);
	sinks_write_alert(station->sinks, &hostile.alert);
	assert_true(receive(station));
	assert_true(station->by_memfd);
	assert_field(station, "SMTPWATCH_RULE", "direct-to-mx");
	assert_field(station, "SYSLOG_IDENTIFIER", "smtpwatchd");
	write_alert(station, 2);
	assert_true(receive(station));
	assert_field(station, "SMTPWATCH_COUNT", "2");
}

static void test_dead_and_back(void **state)
{
	struct station *station = *state;
	struct sink_loss rows[SINKS_MAX];

	for (uint64_t count = 1; count <= QUEUE_MAX + 10; count++)
		write_alert(station, count);
	assert_int_equal(sinks_losses(station->sinks, rows), 1);
	assert_string_equal(rows[0].name, "journal");
	assert_int_equal(rows[0].count, 10);
	start_receiver(station);
	for (uint64_t count = 11; count <= QUEUE_MAX + 10; count++) {
		char text[16];
		sinks_tick(station->sinks);
		assert_true(receive(station));
		snprintf(text, sizeof(text), "%d", (int)count);
		assert_field(station, "SMTPWATCH_COUNT", text);
	}
	assert_false(receive(station));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_fields),
		TEST(test_no_process),
		TEST(test_hostile),
		cmocka_unit_test(test_binary_form),
		TEST(test_too_large_for_a_datagram),
		TEST(test_dead_and_back),
	};

	log_set_level(LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("journal", tests, set_utc, NULL);
}
