// SPDX-License-Identifier: GPL-2.0-only
/* What comes over the control socket in whatever pieces, and what a client is told where there is nobody to ask. */
#include "control/link.h"
#include "control/protocol.h"
#include "control/socket_house.h"

#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <sys/wait.h>

#define GREETING "{\"smtpwatch\":\"0.1.0\",\"protocol\":1,\"host\":\"web1\"}\n"
#define PATIENCE_MS 20000
#define SOON_MS 20

static int open_greeted(struct socket_house *house, const char *greeting, struct link **ret_link, char *reason)
{
	begin_to_greet(house, greeting);
	int error = link_open_within(house->path, PATIENCE_MS, ret_link, reason);
	end_to_greet(house);
	return error;
}

static struct link *open_well(struct socket_house *house)
{
	char reason[LINK_REASON_SIZE] = "";
	struct link *link = NULL;

	make_house(house, 1);
	assert_int_equal(open_greeted(house, GREETING, &link, reason), 0);
	return link;
}

static void assert_message(struct link *link, const char *expected)
{
	json_t *message = NULL;

	assert_int_equal(link_wait(link, PATIENCE_MS, &message), 0);
	char *text = json_dumps(message, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(message);
}

static void test_greeting(void **state)
{
	struct socket_house house;
	struct link *link = open_well(&house);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(link_greeting(link), "host")), "web1");
	link_free(link);
	leave_house(&house);
}

static void test_half_messages(void **state)
{
	struct socket_house house;
	struct link *link = open_well(&house);
	json_t *message = NULL;

	(void)state;
	assert_int_equal(link_receive(link, &message), -EAGAIN);
	say(house.peer, "{\"a\":", 5);
	assert_int_equal(link_receive(link, &message), -EAGAIN);
	assert_int_equal(link_wait(link, SOON_MS, &message), -ETIMEDOUT);
	say(house.peer, "1}\n{\"b\":2}\n{\"c\"", 15);
	assert_message(link, "{\"a\":1}");
	assert_message(link, "{\"b\":2}");
	assert_int_equal(link_receive(link, &message), -EAGAIN);
	say(house.peer, ":3}\n", 4);
	assert_message(link, "{\"c\":3}");
	assert_null(message);
	link_free(link);
	leave_house(&house);
}

static void test_end(void **state)
{
	struct socket_house house;
	struct link *link = open_well(&house);
	json_t *message = NULL;

	(void)state;
	say(house.peer, "{\"a\":1}\n{\"b\":", 13);
	shutdown(house.peer, SHUT_RDWR);
	assert_message(link, "{\"a\":1}");
	assert_int_equal(link_wait(link, PATIENCE_MS, &message), -ECONNRESET);
	assert_int_equal(link_receive(link, &message), -ECONNRESET);
	json_t *request = json_pack("{s:s}", "request", "status");
	assert_int_equal(link_send(link, request), -ECONNRESET);
	json_decref(request);
	link_free(link);
	leave_house(&house);
}

static void test_no_messages(void **state)
{
	static const char *const lines[] = {
		"", "{", "[1]", "7", "\"text\"", "{\"a\":\"\xff\"}", "{\"a\":1} {}", "{\"a\":\"\\u0000\"}"};
	struct socket_house house;
	struct link *link = open_well(&house);
	json_t *message = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		say(house.peer, lines[i], strlen(lines[i]));
		say(house.peer, "\n", 1);
		assert_int_equal(link_wait(link, PATIENCE_MS, &message), -EBADMSG);
	}
	say(house.peer, "{\"a\":1}\n", 8);
	assert_message(link, "{\"a\":1}");
	link_free(link);
	leave_house(&house);
}

struct long_line {
	int fd;
	size_t size; /* with its newline */
};

static void *say_long_line(void *context)
{
	const struct long_line *line = context;
	char *text = malloc(line->size);

	memset(text, 'a', line->size);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + line->size - 3, "\"}\n", 3);
	say(line->fd, text, line->size);
	free(text);
	return NULL;
}

/* A line of this size, and what becomes of it. */
static void receive_long_line(size_t size, int expected)
{
	struct socket_house house;
	struct link *link = open_well(&house);
	struct long_line line = {.fd = house.peer, .size = size};
	pthread_t thread;
	json_t *message = NULL;

	assert_int_equal(pthread_create(&thread, NULL, say_long_line, &line), 0);
	assert_int_equal(link_wait(link, PATIENCE_MS, &message), expected);
	if (expected) {
		assert_int_equal(link_receive(link, &message), expected);
		assert_null(message);
	} else {
		assert_int_equal(json_string_length(json_object_get(message, "a")), size - 9);
		json_decref(message);
	}
	link_free(link);
	assert_int_equal(pthread_join(thread, NULL), 0);
	leave_house(&house);
}

static void test_long_lines(void **state)
{
	(void)state;
	receive_long_line(PROTOCOL_ANSWER_MAX, 0);
	receive_long_line(PROTOCOL_ANSWER_MAX + 1, -EBADMSG);
	receive_long_line(2UL * 1024 * 1024, -EBADMSG);
}

static void assert_number(struct link *link, int expected)
{
	json_t *message = NULL;

	assert_int_equal(link_wait(link, PATIENCE_MS, &message), 0);
	assert_int_equal(json_integer_value(json_object_get(message, "n")), expected);
	json_decref(message);
}

/* In bursts, so that lines lie across the ends of what is read at once. */
static void test_many_messages(void **state)
{
	enum { BURSTS = 500, BURST = 20 };
	struct socket_house house;
	struct link *link = open_well(&house);
	char text[2200];

	(void)state;
	for (int i = 0; i < BURSTS * BURST; i++) {
		int length = snprintf(text, sizeof(text), "{\"n\":%d,\"a\":\"%0*d\"}\n", i, 1 + i * 37 % 2100, i);
		say(house.peer, text, (size_t)length);
		if (i % BURST == BURST - 1)
			for (int n = i - BURST + 1; n <= i; n++)
				assert_number(link, n);
	}
	link_free(link);
	leave_house(&house);
}

static void test_requests(void **state)
{
	struct socket_house house;
	struct link *link = open_well(&house);
	char got[64] = "";

	(void)state;
	json_t *request = json_pack("{s:s}", "request", "status");
	assert_int_equal(link_send(link, request), 0);
	assert_int_equal(recv(house.peer, got, sizeof(got) - 1, 0), 21);
	assert_string_equal(got, "{\"request\":\"status\"}\n");
	char *long_text = malloc(PROTOCOL_REQUEST_MAX);
	memset(long_text, 'a', PROTOCOL_REQUEST_MAX - 1);
	long_text[PROTOCOL_REQUEST_MAX - 1] = '\0';
	json_object_set_new(request, "id", json_string(long_text));
	assert_int_equal(link_send(link, request), -E2BIG);
	free(long_text);
	json_decref(request);
	link_free(link);
	leave_house(&house);
}

/* A daemon that does not read is not waited for without end. */
static void test_nobody_reads(void **state)
{
	char reason[LINK_REASON_SIZE] = "";
	struct socket_house house;
	struct link *link = NULL;
	int error = 0;

	(void)state;
	make_house(&house, 1);
	begin_to_greet(&house, GREETING);
	assert_int_equal(link_open_within(house.path, 200, &link, reason), 0);
	end_to_greet(&house);
	json_t *request = json_pack("{s:s}", "request", "status");
	for (int i = 0; i < 1000000 && !error; i++)
		error = link_send(link, request);
	assert_int_equal(error, -ETIMEDOUT);
	json_decref(request);
	link_free(link);
	leave_house(&house);
}

static void test_turned_away(void **state)
{
	static const struct {
		const char *greeting;
		int error;
		const char *said;
	} cases[] = {
		{"{\"smtpwatch\":\"9.1\\u001b[0m\",\"protocol\":2}\n", -EPROTO,
		 "version 9.1\\x1b[0m, whose protocol is 2"},
		{"{\"error\":{\"code\":\"busy\",\"message\":\"too many\"}}\n", -EBUSY, "as many clients as it takes"},
		{"{\"error\":{\"code\":\"forbidden\",\"message\":\"no\"}}\n", -EACCES, "may ask smtpwatchd"},
		{"{\"error\":{\"code\":\"failed\",\"message\":\"why\"}}\n", -EPROTO, "refuses: why"},
		{"{\"error\":7}\n", -EPROTO, "does not say why"},
		{"{\"hello\":\"world\"}\n", -EPROTO, "is not smtpwatchd"},
		{"{\"smtpwatch\":1,\"protocol\":1}\n", -EPROTO, "is not smtpwatchd"},
		{"220 mail.example.com ESMTP\n", -EPROTO, "is not smtpwatchd"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char reason[LINK_REASON_SIZE] = "";
		struct socket_house house;
		struct link *link = NULL;

		make_house(&house, 1);
		assert_int_equal(open_greeted(&house, cases[i].greeting, &link, reason), cases[i].error);
		if (!strstr(reason, cases[i].said))
			fail_msg("\"%s\" is not in: %s", cases[i].said, reason);
		assert_null(link);
		leave_house(&house);
	}
}

static void test_nobody_there(void **state)
{
	char reason[LINK_REASON_SIZE] = "";
	char path[200];
	struct socket_house house;
	struct link *link = NULL;

	(void)state;
	assert_int_equal(link_open("/nowhere/control.sock", &link, reason), -ENOENT);
	assert_non_null(strstr(reason, "systemctl start smtpwatchd"));
	assert_non_null(strstr(reason, "/nowhere/control.sock"));
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(link_open(path, &link, reason), -ENAMETOOLONG);
	assert_int_equal(link_open("", &link, reason), -ENAMETOOLONG);

	make_house(&house, 1);
	close(house.listener); /* its file stays, as after a crash */
	assert_int_equal(link_open(house.path, &link, reason), -ENOENT);
	house.listener = -1;
	leave_house(&house);
	assert_null(link);
}

static void test_no_answer(void **state)
{
	char reason[LINK_REASON_SIZE] = "";
	struct socket_house house;
	struct link *link = NULL;

	(void)state;
	make_house(&house, 0);
	/* The first one waits to be accepted, the second one to be let in. */
	assert_int_equal(link_open_within(house.path, SOON_MS, &link, reason), -ETIMEDOUT);
	assert_non_null(strstr(reason, "does not answer"));
	int waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, house.path, sizeof(house.path));
	for (int i = 0; i < 2; i++)
		connect(waiting, (struct sockaddr *)&address, sizeof(address));
	assert_int_equal(link_open_within(house.path, SOON_MS, &link, reason), -ETIMEDOUT);
	close(waiting);
	leave_house(&house);

	make_house(&house, 1);
	begin_to_greet(&house, "{\"smtpwatch\":");
	assert_int_equal(link_open_within(house.path, SOON_MS, &link, reason), -ETIMEDOUT);
	end_to_greet(&house);
	leave_house(&house);
	assert_null(link);
}

/* What nobody is told, who may not connect; the directory is closed, or the socket is. */
static void assert_told_group(const char *path, const char *group)
{
	pid_t child = fork();
	if (child == 0) {
		char reason[LINK_REASON_SIZE] = "";
		struct link *link = NULL;
		bool fits = setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
			    setresuid(65534, 65534, 65534) == 0 && link_open(path, &link, reason) == -EACCES &&
			    strstr(reason, group ? "usermod -aG" : "only root may ask") &&
			    (!group || strstr(reason, group));
		if (!fits)
			printf("# %s\n", reason);
		fflush(stdout);
		_exit(fits ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_no_right(void **state)
{
	const struct group *group = getgrgid(1);
	struct socket_house house;

	(void)state;
	SKIP_UNLESS(geteuid() == 0 && group, "takes root, and a group with number 1");
	make_house(&house, 1);
	assert_int_equal(chmod(house.directory, 0755), 0);
	assert_int_equal(chmod(house.path, 0660), 0);
	assert_told_group(house.path, NULL);
	assert_int_equal(chown(house.path, 0, 1), 0);
	assert_told_group(house.path, group->gr_name);
	assert_int_equal(chmod(house.path, 0600), 0);
	assert_told_group(house.path, NULL);
	assert_int_equal(chown(house.directory, 0, 1), 0);
	assert_int_equal(chmod(house.directory, 0750), 0);
	assert_told_group(house.path, group->gr_name);
	leave_house(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greeting),    cmocka_unit_test(test_half_messages),
		cmocka_unit_test(test_end),         cmocka_unit_test(test_no_messages),
		cmocka_unit_test(test_long_lines),  cmocka_unit_test(test_many_messages),
		cmocka_unit_test(test_requests),    cmocka_unit_test(test_nobody_reads),
		cmocka_unit_test(test_turned_away), cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_no_answer),   cmocka_unit_test(test_no_right),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
