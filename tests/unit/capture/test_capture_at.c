// SPDX-License-Identifier: GPL-2.0-only
/* The capture process that a service manager starts, one for each connection. A child of this program plays it. */
#include "capture/capture.h"

#include "capture/fake_process.h"
#include "capture/fake_surroundings.h"
#include "capture/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/un.h>
#include <sys/wait.h>

struct heard {
	int dialogues;
	int restarted;
	char text[256];
};

static void take_dialogue(void *context, const struct dialogue_event *event)
{
	struct heard *heard = context;

	heard->dialogues++;
	snprintf(heard->text, sizeof(heard->text), "%s", event->name);
}

static void take_name(void *context, const struct name_event *event)
{
	(void)context;
	(void)event;
}

static void take_evidence(void *context, uint64_t wire_id, int link_type, const struct frame *frame)
{
	(void)context;
	(void)wire_id;
	(void)link_type;
	(void)frame;
}

static void take_restart(void *context)
{
	((struct heard *)context)->restarted++;
}

static const struct capture_taker taker = {take_dialogue, take_name, take_evidence, take_restart};

/* ---- The service manager */

static char folder[] = "/tmp/test-capture-at.XXXXXX";
static char path[sizeof(folder) + 8];
static pid_t manager;

/* Says on `pids` whom it has started. */
static _Noreturn void manage(int listening, int pids)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int connection = accept(listening, NULL, NULL);
		pid_t pid = connection >= 0 ? fork() : -1;
		if (pid < 0)
			_exit(1);
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			int high = fcntl(connection, F_DUPFD, 20);
			close_range(CAPTURE_SOCKET, 19, 0);
			dup2(high, CAPTURE_SOCKET);
			close_range(CAPTURE_SOCKET + 1, ~0U, 0);
			behave(0, NULL, NULL);
		}
		close(connection);
		if (write(pids, &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
	}
}

/* Gives the descriptor that tells who was started. */
static int start_manager(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	int pids[2];

	memcpy(address.sun_path, path, strlen(path));
	unlink(path);
	assert_int_equal(bind(listening, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listening, 8), 0);
	assert_int_equal(pipe(pids), 0);
	manager = fork();
	assert_true(manager >= 0);
	if (manager == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pids[0]);
		manage(listening, pids[1]);
	}
	close(listening);
	close(pids[1]);
	return pids[0];
}

static void end_manager(int pids)
{
	close(pids);
	kill(manager, SIGKILL);
	assert_int_equal(waitpid(manager, NULL, 0), manager);
}

static pid_t next_started(int pids)
{
	pid_t pid = 0;

	assert_int_equal(read(pids, &pid, sizeof(pid)), sizeof(pid));
	return pid;
}

static bool is_gone(pid_t pid)
{
	return kill(pid, 0) != 0 && errno == ESRCH;
}

static void wait_until_gone(pid_t pid)
{
	for (int i = 0; i < 20000 && !is_gone(pid); i++)
		poll(NULL, 0, 1);
	assert_true(is_gone(pid));
}

/* ---- The daemon */

static struct capture *begin(enum behaviour behaviour, struct heard *heard)
{
	const struct capture_options options = {.sizes = {.buffer_bytes = 4096, .max_streams = 10},
						.socket_path = path};
	const struct capture_order order = {.scope = {.ports = {(uint16_t)behaviour}, .port_count = 1}};
	struct capture *capture = NULL;

	*heard = (struct heard){0};
	logged[0] = '\0';
	lines = 0;
	assert_int_equal(capture_new(&options, &order, &taker, heard, &capture), 0);
	return capture;
}

static void read_once(struct capture *capture)
{
	struct pollfd wait = {.fd = capture_fd(capture), .events = POLLIN};

	assert_int_equal(poll(&wait, 1, 20000), 1);
	capture_read(capture);
}

static void read_until(struct capture *capture, const int *what, int times)
{
	while (*what < times)
		read_once(capture);
}

static void read_until_running(struct capture *capture)
{
	while (capture_status(capture).state != CAPTURE_RUNNING)
		read_once(capture);
}

static void pass_seconds(struct capture *capture, uint64_t seconds)
{
	now_ns += seconds * NANOSECONDS_A_SECOND;
	capture_tick(capture);
}

/* ---- The tests */

static void test_it_is_heard_and_ends_with_its_connection(void **state)
{
	int pids = start_manager();
	struct heard heard;
	struct capture *capture = begin(SPEAK, &heard);
	pid_t pid = next_started(pids);

	(void)state;
	read_until_running(capture);
	read_until(capture, &heard.dialogues, 1);
	assert_string_equal(heard.text, "one");
	assert_int_equal(lines, 0);
	capture_free(capture);
	wait_until_gone(pid);
	end_manager(pids);
}

static void test_one_that_dies_comes_again(void **state)
{
	int pids = start_manager();
	struct heard heard;
	struct capture *capture = begin(SPEAK, &heard);

	(void)state;
	read_until_running(capture);
	assert_int_equal(kill(next_started(pids), SIGKILL), 0);
	read_until(capture, &heard.restarted, 1);
	assert_int_equal(capture_status(capture).state, CAPTURE_WAITING);
	assert_non_null(strstr(logged, "the capture process ended; the service manager's log says how"));
	assert_non_null(strstr(logged, "next try in 1 s"));
	pass_seconds(capture, 0);
	assert_int_equal(capture_status(capture).state, CAPTURE_WAITING);
	pass_seconds(capture, 1);
	assert_true(next_started(pids) > 0);
	read_until_running(capture);
	assert_int_equal(capture_status(capture).restarts, 1);
	assert_non_null(strstr(logged, "runs again"));
	capture_free(capture);
	end_manager(pids);
}

static void test_a_failure_is_told_once(void **state)
{
	int pids = start_manager();
	struct heard heard;
	struct capture *capture = begin(FAIL, &heard);

	(void)state;
	read_until(capture, &heard.restarted, 1);
	pass_seconds(capture, 1);
	read_until(capture, &heard.restarted, 2);
	assert_int_equal(lines, 1);
	assert_non_null(strstr(logged, "permission"));
	capture_free(capture);
	end_manager(pids);
}

static void test_one_that_was_taken_over_is_let_go_of(void **state)
{
	int pids = start_manager();
	struct heard heard;
	struct capture *capture = begin(GARBAGE, &heard);

	(void)state;
	read_until(capture, &heard.restarted, 1);
	assert_non_null(strstr(logged, "said what is no report"));
	capture_free(capture);
	end_manager(pids);
}

/* Nobody here may kill it; another one takes its place, and it ends when it goes on. */
static void test_a_stopped_one_is_replaced(void **state)
{
	int pids = start_manager();
	struct heard heard;
	struct capture *capture = begin(SPEAK, &heard);
	pid_t stopped = next_started(pids);

	(void)state;
	read_until_running(capture);
	while (capture_status(capture).counts.cpu_ns == 0)
		read_once(capture);
	assert_int_equal(kill(stopped, SIGSTOP), 0);
	for (int i = 0; i < 61; i++)
		capture_tick(capture);
	assert_int_equal(heard.restarted, 1);
	assert_non_null(strstr(logged, "said nothing for a minute and was let go of"));
	pass_seconds(capture, 1);
	assert_true(next_started(pids) != stopped);
	read_until_running(capture);
	assert_int_equal(kill(stopped, SIGCONT), 0);
	wait_until_gone(stopped);
	capture_free(capture);
	end_manager(pids);
}

static void test_without_a_manager_it_is_asked_again(void **state)
{
	struct heard heard;
	unlink(path);
	struct capture *capture = begin(SPEAK, &heard);

	(void)state;
	assert_int_equal(capture_status(capture).state, CAPTURE_WAITING);
	assert_non_null(strstr(logged, "smtpwatch-capture.socket"));
	pass_seconds(capture, 1);
	assert_int_equal(lines, 2);
	pass_seconds(capture, 1);
	assert_int_equal(lines, 2);
	int pids = start_manager();
	pass_seconds(capture, 1);
	read_until_running(capture);
	assert_non_null(strstr(logged, "runs again"));
	capture_free(capture);
	end_manager(pids);
}

static void test_a_path_that_no_socket_can_have(void **state)
{
	char long_path[200];
	int descriptor = -1;

	(void)state;
	memset(long_path, 'a', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(launch_capture_at(long_path, &descriptor), -ENAMETOOLONG);
	assert_int_equal(setenv(LAUNCH_CAPTURE_VARIABLE, "", 1), 0);
	assert_null(launch_capture_socket());
	assert_int_equal(setenv(LAUNCH_CAPTURE_VARIABLE, "/run/x", 1), 0);
	assert_string_equal(launch_capture_socket(), "/run/x");
	unsetenv(LAUNCH_CAPTURE_VARIABLE);
	assert_null(launch_capture_socket());
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_heard_and_ends_with_its_connection),
		cmocka_unit_test(test_one_that_dies_comes_again),
		cmocka_unit_test(test_a_failure_is_told_once),
		cmocka_unit_test(test_one_that_was_taken_over_is_let_go_of),
		cmocka_unit_test(test_a_stopped_one_is_replaced),
		cmocka_unit_test(test_without_a_manager_it_is_asked_again),
		cmocka_unit_test(test_a_path_that_no_socket_can_have),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
