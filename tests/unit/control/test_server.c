// SPDX-License-Identifier: GPL-2.0-only
#include "house.h"

#include <grp.h>
#include <sys/wait.h>

#define NOBODY 65534
#define MEMBERS 4711 /* a group that nobody else is in */

static struct house house;

static int begin(void **state)
{
	(void)state;
	house_begin(&house, LEDGER_BY_SCRIPT);
	return 0;
}

static int end(void **state)
{
	(void)state;
	house_end(&house);
	return 0;
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	return status.st_mode & 07777;
}

static gid_t group_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_gid;
}

static void without_a_group_the_socket_is_roots(void **state)
{
	(void)state;
	house_open(&house);
	assert_int_equal(mode_of(house.path), 0600);
}

static void with_a_group_it_is_the_groups_too_whatever_the_umask(void **state)
{
	mode_t mask = umask(0);

	(void)state;
	SKIP_UNLESS(geteuid() == 0, "needs root");
	house.options.group = MEMBERS;
	house_open(&house);
	assert_int_equal(mode_of(house.path), 0660);
	assert_int_equal(group_of(house.path), MEMBERS);
	umask(mask);
}

static void a_reload_changes_the_group(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, "needs root");
	house_open(&house);
	control_set_group(house.control, MEMBERS, "members");
	assert_int_equal(mode_of(house.path), 0660);
	assert_int_equal(group_of(house.path), MEMBERS);
	control_set_group(house.control, (gid_t)-1, NULL);
	assert_int_equal(mode_of(house.path), 0600);
	assert_int_equal(group_of(house.path), getegid());
}

/* A connection that another made, in this process's hands. */
static struct visitor visit_as(uid_t uid, gid_t gid, gid_t supplementary)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	char byte = 0;
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	if (child == 0) {
		/* Whoever passes the file system is still asked who he is. */
		if (setgroups(1, &supplementary) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
			_exit(1);
		int fd = house_connect(&house);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		*header = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
		_exit(sendmsg(pair[0], &message, 0) == 1 ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(recvmsg(pair[1], &message, MSG_DONTWAIT), 1);
	struct visitor visitor = {.house = &house};
	memcpy(&visitor.fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(visitor.fd));
	close(pair[0]);
	close(pair[1]);
	return visitor;
}

/* Lets everybody connect, so that the check of who it is stands alone. */
static void open_wide(void)
{
	house_open(&house);
	assert_int_equal(chmod(house.directory, 0711), 0);
	assert_int_equal(chmod(house.path, 0666), 0);
}

static void assert_sent_away(struct visitor *visitor, const char *code, const char *message)
{
	_cleanup_json_ json_t *answer = visitor_receive(visitor);

	assert_text_at(answer, "error.code", code);
	assert_text_at(answer, "error.message", message);
	assert_closed(visitor);
	visitor_leave(visitor);
}

static void assert_greeted(struct visitor *visitor)
{
	_cleanup_json_ json_t *answer = visitor_receive(visitor);

	assert_text_at(answer, "host", "web1");
}

static void strangers_are_sent_away_and_told_of_the_group(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, "needs root");
	house.options.group = MEMBERS;
	house.options.group_name = "members";
	open_wide();
	struct visitor stranger = visit_as(NOBODY, NOBODY, NOBODY);
	assert_sent_away(&stranger, "forbidden", "only root and the group members may ask");
	control_set_group(house.control, (gid_t)-1, NULL);
	assert_int_equal(chmod(house.path, 0666), 0);
	stranger = visit_as(NOBODY, MEMBERS, MEMBERS);
	assert_sent_away(&stranger, "forbidden", "only root may ask: the configuration names no group");
}

static void members_may_ask_and_not_reload(void **state)
{
	(void)state;
	SKIP_UNLESS(geteuid() == 0, "needs root");
	house.options.group = MEMBERS;
	open_wide();
	struct visitor first = visit_as(NOBODY, MEMBERS, NOBODY);
	assert_greeted(&first);
	struct visitor second = visit_as(NOBODY, NOBODY, MEMBERS);
	assert_greeted(&second);
	assert_refused(&second, "{\"request\":\"reload\"}", "forbidden", "only root may reload");
	assert_int_equal(house.reloads, 0);
	_cleanup_json_ json_t *answer = visitor_ask(&second, "{\"request\":\"status\"}");
	assert_non_null(json_object_get(answer, "status"));
	visitor_leave(&first);
	visitor_leave(&second);
}

static void nobody_takes_all_places_from_root(void **state)
{
	struct visitor visitors[8];

	(void)state;
	SKIP_UNLESS(geteuid() == 0, "needs root");
	house.options.group = MEMBERS;
	open_wide();
	for (uid_t i = 0; i < 6; i++) { /* two of each */
		visitors[i] = visit_as(NOBODY - i / 2, MEMBERS, MEMBERS);
		assert_greeted(&visitors[i]);
	}
	struct visitor third = visit_as(NOBODY, MEMBERS, MEMBERS);
	assert_sent_away(&third, "busy", "there are too many clients");
	struct visitor fourth = visit_as(NOBODY - 3, MEMBERS, MEMBERS);
	assert_sent_away(&fourth, "busy", "there are too many clients");
	visitors[6] = house_visit(&house);
	visitors[7] = house_visit(&house);
	struct visitor ninth = {.house = &house, .fd = house_connect(&house)};
	assert_sent_away(&ninth, "busy", "there are too many clients");
	visitor_leave(&visitors[7]);
	visitors[7] = house_visit(&house);
	for (size_t i = 0; i < ARRAY_SIZE(visitors); i++)
		visitor_leave(&visitors[i]);
}

static void a_thousand_that_connect_do_not_keep_others_waiting(void **state)
{
	int fds[48]; /* what a socket's backlog has room for at a time */

	(void)state;
	house.options.max_clients = 16;
	house_open(&house);
	struct visitor visitor = house_visit(&house);
	for (size_t round = 0; round < 1000 / ARRAY_SIZE(fds); round++) {
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			fds[i] = house_connect(&house);
		visitor_say(&visitor, "{\"request\":\"status\"}");
		control_serve(house.control);
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			close(fds[i]);
		_cleanup_json_ json_t *answer = visitor_receive(&visitor);
		assert_non_null(json_object_get(answer, "status"));
		house_settle(&house);
	}
	struct visitor other = house_visit(&house);
	visitor_leave(&other);
	visitor_leave(&visitor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_group_the_socket_is_roots, begin, end),
		cmocka_unit_test_setup_teardown(with_a_group_it_is_the_groups_too_whatever_the_umask, begin, end),
		cmocka_unit_test_setup_teardown(a_reload_changes_the_group, begin, end),
		cmocka_unit_test_setup_teardown(strangers_are_sent_away_and_told_of_the_group, begin, end),
		cmocka_unit_test_setup_teardown(members_may_ask_and_not_reload, begin, end),
		cmocka_unit_test_setup_teardown(nobody_takes_all_places_from_root, begin, end),
		cmocka_unit_test_setup_teardown(a_thousand_that_connect_do_not_keep_others_waiting, begin, end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("control server", tests, NULL, NULL);
}
