// SPDX-License-Identifier: GPL-2.0-only
#include "control/listening.h"

#include "lib/cleanup.h"
#include "support/log_capture.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char directory[64];
static char path[128];

static int begin(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/smtpwatch-listening-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/control.sock", directory);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static int connect_there(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : -errno;
}

static void a_dead_daemons_socket_is_replaced(void **state)
{
	_cleanup_close_ int second = -1;
	int first = -1;

	(void)state;
	assert_int_equal(listening_open(path, (gid_t)-1, &first), 0);
	close(first);
	assert_int_equal(connect_there(), -ECONNREFUSED);
	assert_int_equal(listening_open(path, (gid_t)-1, &second), 0);
	assert_int_equal(connect_there(), 0);
}

static void what_is_no_socket_is_left_alone(void **state)
{
	struct log_capture log;
	struct stat status;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(write(fd, "kept", 4), 4);
	close(fd);
	log_capture_begin(&log);
	int error = listening_open(path, (gid_t)-1, &fd);
	log_capture_end(&log);
	assert_int_equal(error, -EEXIST);
	assert_non_null(strstr(log.text, "is no socket: it is left alone"));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, 4);
}

static void a_link_is_no_socket(void **state)
{
	struct log_capture log;
	char target[160];
	int fd = -1;

	(void)state;
	snprintf(target, sizeof(target), "%s.target", path);
	assert_int_equal(listening_open(target, (gid_t)-1, &fd), 0);
	assert_int_equal(symlink(target, path), 0);
	int other = -1;
	log_capture_begin(&log);
	int error = listening_open(path, (gid_t)-1, &other);
	log_capture_end(&log);
	close(fd);
	assert_int_equal(unlink(target), 0);
	assert_int_equal(error, -EEXIST);
}

static void a_path_that_no_socket_can_have_is_told(void **state)
{
	struct log_capture log;
	char longer[256];
	int fd;

	(void)state;
	snprintf(longer, sizeof(longer), "%s/%0120d", directory, 7);
	log_capture_begin(&log);
	int error = listening_open(longer, (gid_t)-1, &fd);
	log_capture_end(&log);
	assert_int_equal(error, -ENAMETOOLONG);
	assert_non_null(strstr(log.text, "is too long for a socket: a path has at most 107 bytes"));
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	struct log_capture log;
	int fd;

	(void)state;
	log_capture_begin(&log);
	int error = listening_open("/tmp/smtpwatch-is-not-there/control.sock", (gid_t)-1, &fd);
	log_capture_end(&log);
	assert_int_equal(error, -ENOENT);
	assert_non_null(strstr(log.text, "cannot listen at /tmp/smtpwatch-is-not-there/control.sock: No such file"));
}

/* Root without CAP_CHOWN, in one group: as the service has it. Gives the mode, and whether the group is `group`. */
static int mode_in_service(gid_t own, gid_t group, struct log_capture *log)
{
	int fd = -1;
	int status;
	struct stat made;

	log_capture_begin(log);
	pid_t pid = fork();
	if (pid == 0) {
		capng_get_caps_process();
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_CHOWN);
		_exit(setgroups(1, &own) != 0 || capng_apply(CAPNG_SELECT_CAPS) != 0 ||
		      listening_open(path, group, &fd) != 0);
	}
	pid_t ended = waitpid(pid, &status, 0);
	log_capture_end(log);
	assert_true(pid > 0 && ended == pid);
	assert_int_equal(status, 0);
	assert_int_equal(stat(path, &made), 0);
	assert_int_equal(made.st_gid == group, own == group);
	return made.st_mode & 07777;
}

static void a_group_of_its_own_takes_no_capability(void **state)
{
	struct log_capture log;

	(void)state;
	SKIP_UNLESS(geteuid() == 0, "only root is in other groups at will");
	assert_int_equal(mode_in_service(4711, 4711, &log), 0660);
	assert_string_equal(log.text, "");
	assert_int_equal(mode_in_service(4711, 4712, &log), 0600);
	assert_non_null(strstr(log.text, "only root may ask"));
	assert_non_null(strstr(log.text, "SupplementaryGroups="));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_dead_daemons_socket_is_replaced, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_socket_is_left_alone, begin, end),
		cmocka_unit_test_setup_teardown(a_link_is_no_socket, begin, end),
		cmocka_unit_test_setup_teardown(a_path_that_no_socket_can_have_is_told, begin, end),
		cmocka_unit_test_setup_teardown(a_group_of_its_own_takes_no_capability, begin, end),
		cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_told, begin, end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("listening", tests, NULL, NULL);
}
