// SPDX-License-Identifier: GPL-2.0-only
/* The sinks that a configuration asks for, and when a reload would ask for others. */
#include "daemon/outputs.h"
#include "lib/log.h"
#include "sinks/shop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct station {
	char directory[32];
	char config_path[64];
	struct config *config;
} station;

static int set_up(void **state)
{
	(void)state;
	station = (struct station){.directory = "/tmp/smtpwatch-unit.XXXXXX"};
	alarm(20);
	if (!mkdtemp(station.directory))
		return -1;
	snprintf(station.config_path, sizeof(station.config_path), "%s/conf", station.directory);
	return 0;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	alarm(0);
	config_free(station.config);
	snprintf(command, sizeof(command), "rm -r %s", station.directory);
	return system(command); /* NOLINT(cert-env33-c): a folder that this test has made */
}

/* A line of the configuration: "section key = value", where DIR stands for the station's directory. */
static struct config *load(const char *const *lines, size_t count)
{
	struct ini_error error = {.message = ""};
	struct config *config = NULL;
	FILE *stream = fopen(station.config_path, "we");

	assert_non_null(stream);
	for (size_t i = 0; i < count; i++) {
		const char *key = strchr(lines[i], ' ') + 1;
		const char *directory = strstr(key, "DIR");

		fprintf(stream, "[%.*s]\n", (int)(key - 1 - lines[i]), lines[i]);
		if (directory)
			fprintf(stream, "%.*s%s%s\n", (int)(directory - key), key, station.directory, directory + 3);
		else
			fprintf(stream, "%s\n", key);
	}
	fclose(stream);
	if (config_load(station.config_path, false, &config, &error) != 0)
		fail_msg("%s", error.message);
	return config;
}

static int listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", station.directory, name);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void assert_receives(int fd, const char *expected)
{
	char text[16384];
	ssize_t size = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);

	assert_true(size > 0);
	text[size] = '\0';
	assert_non_null(strstr(text, expected));
}

static bool file_has(const char *name, const char *expected)
{
	char path[64];
	char text[16384];

	snprintf(path, sizeof(path), "%s/%s", station.directory, name);
	_cleanup_fclose_ FILE *stream = fopen(path, "re");
	if (!stream)
		return false;
	text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
	return strstr(text, expected) != NULL;
}

static struct sinks *open_sinks(const char *const *lines, size_t count)
{
	static const struct command_line background = {.foreground = false};
	struct sinks *sinks = NULL;

	station.config = load(lines, count);
	assert_int_equal(outputs_open(station.config, &background, &sinks), 0);
	return sinks;
}

/* One alert reaches all of them; a command is waited for by the sinks' descriptor, as in the event loop. */
static void test_all(void **state)
{
	static const char *const lines[] = {
		"syslog socket = DIR/log",     "syslog format = rfc5424",
		"syslog facility = local3",    "journal enabled = yes",
		"journal socket = DIR/socket", "json file = DIR/json",
		"command severity = notice",   "command run = /bin/sh -c 'cat >$0.part; mv $0.part $0' DIR/input",
	};
	struct actor actor = shop_actor();
	struct alert alert = shop_alert(&actor);
	struct sink_loss rows[SINKS_MAX];
	int syslog = listen_at("log");
	int journal = listen_at("socket");

	(void)state;
	_cleanup_(cleanup_sinks_free) struct sinks *sinks = open_sinks(lines, ARRAY_SIZE(lines));
	struct pollfd ready = {.fd = sinks_fd(sinks), .events = POLLIN};
	assert_int_equal(sinks_losses(sinks, rows), 4);
	sinks_write_alert(sinks, &alert);
	assert_receives(syslog, "<155>1 ");
	assert_receives(journal, "SMTPWATCH_RULE=direct-to-mx\n");
	assert_true(file_has("json", "\"direct-to-mx\""));
	while (!file_has("input", "\"direct-to-mx\"")) {
		assert_int_equal(poll(&ready, 1, 10000), 1);
		sinks_serve(sinks);
	}
	close(syslog);
	close(journal);
}

/* syslog alone is on unless something else is asked for. */
static void test_defaults(void **state)
{
	static const char *const lines[] = {"syslog socket = DIR/log"};
	struct sink_loss rows[SINKS_MAX];

	(void)state;
	_cleanup_(cleanup_sinks_free) struct sinks *sinks = open_sinks(lines, ARRAY_SIZE(lines));
	assert_int_equal(sinks_losses(sinks, rows), 1);
	assert_string_equal(rows[0].name, "syslog");
}

static void test_command_is_refused(void **state)
{
	static const struct command_line background = {.foreground = false};
	static const char *const lines[] = {"command run = DIR/none"};
	struct sinks *sinks = NULL;

	(void)state;
	station.config = load(lines, ARRAY_SIZE(lines));
	assert_int_equal(outputs_check(station.config), -EINVAL);
	assert_int_equal(outputs_open(station.config, &background, &sinks), -EINVAL);
	assert_null(sinks);
}

static void test_differences(void **state)
{
	static const char *const base[] = {"json file = /a", "command run = /x y"};
	static const char *const changes[] = {
		"syslog enabled = no",   "syslog facility = user", "syslog socket = /y", "syslog format = rfc5424",
		"journal enabled = yes", "journal socket = /y",    "json flows = yes",   "command severity = high",
		"command timeout = 11s", "command at_once = 5",
	};
	static const char *const others[][2] = {
		{"json file = /b", "command run = /x y"},   {"json file = /a", "command run = /x z"},
		{"json file = /a", "command run = /x y z"}, {"json file = /a", "command run = /x"},
		{"json file = /a", "syslog enabled = yes"}, {"syslog enabled = yes", "command run = /x y"},
	};

	(void)state;
	station.config = load(base, ARRAY_SIZE(base));
	_cleanup_(cleanup_config_free) struct config *same = load(base, ARRAY_SIZE(base));
	assert_false(outputs_differ(station.config, same));
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const char *const lines[] = {base[0], base[1], changes[i]};
		_cleanup_(cleanup_config_free) struct config *other = load(lines, ARRAY_SIZE(lines));
		assert_true(outputs_differ(station.config, other));
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		_cleanup_(cleanup_config_free) struct config *other = load(others[i], 2);
		assert_true(outputs_differ(station.config, other));
		assert_true(outputs_differ(other, station.config));
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_all),
		TEST(test_defaults),
		TEST(test_command_is_refused),
		TEST(test_differences),
	};

	log_set_level(LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("outputs", tests, NULL, NULL);
}
