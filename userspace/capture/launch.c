// SPDX-License-Identifier: GPL-2.0-only
#include "capture/launch.h"

#include "capture/report.h"
#include "lib/array.h"
#include "lib/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* What the process may have said and the daemon not yet read: a tenth of a second of 40000 reports of 150 bytes. The
 * kernel doubles it for its own book-keeping (socket(7), SO_SNDBUF). */
#define QUEUE_BYTES (1 << 20)

#define FIRST_FREE_FD (CAPTURE_SOCKET + 1)

/* ---- In the process, before it is another program */

/* A stop of the whole service, or a Ctrl-C, reaches both processes; this one ends when the daemon lets go of it. */
static void reset_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The standard descriptors become /dev/null: the terminal or pipe that the daemon was started from would stay open as
 * long as the process lives. Only AddressSanitizer has something to say there.
 */
static int arrange_descriptors(int socket)
{
	int null = open("/dev/null", O_RDWR);
	if (null < 0)
		return -errno;
	/* Out of the way of the numbers that are to be given. */
	int high_null = fcntl(null, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	int high_socket = fcntl(socket, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (high_null < 0 || high_socket < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if ((fd != STDERR_FILENO || !HAS_ADDRESS_SANITIZER) && dup2(high_null, fd) < 0)
			return -errno;
	if (dup2(high_socket, CAPTURE_SOCKET) < 0 || close_range(FIRST_FREE_FD, ~0U, 0) != 0)
		return -errno;
	return 0;
}

static int become_capture(int socket)
{
	char *const arguments[] = {"smtpwatchd: capture", CAPTURE_ARGUMENT, NULL};
	char *const no_environment[] = {NULL};

	int error = arrange_descriptors(socket);
	if (error)
		return error;
	execve("/proc/self/exe", arguments, no_environment);
	return -errno;
}

/* Static, as the daemon's copy of the stack is all that there is. */
static void say_failed(int socket, int error)
{
	static alignas(uint64_t) uint8_t message[REPORT_MESSAGE_SIZE];
	char sentence[128];
	size_t used = 0;

	snprintf(sentence, sizeof(sentence), "the process for it cannot be started: %s", strerror(-error));
	const struct report report = {.kind = REPORT_FAILED, .text = sentence};
	if (report_encode(&report, message, &used) == 0)
		send(socket, message, used, MSG_NOSIGNAL);
}

static void run_child(const void *context, const struct launcher_call *call)
{
	(void)context;
	/* The daemon may have died before the first line took effect. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != call->parent || call->fd_count != 1)
		_exit(1);
	setsid();
	reset_signals();
	say_failed(call->fds[0], become_capture(call->fds[0]));
	_exit(1);
}

/* ---- In the daemon */

static void lengthen_queue(int socket)
{
	const int size = QUEUE_BYTES;

	if (setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int make_sockets(int ret_ends[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_ends) != 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		lengthen_queue(ret_ends[i]);
	return 0;
}

const char *launch_capture_socket(void)
{
	const char *path = getenv(LAUNCH_CAPTURE_VARIABLE);
	return path && *path ? path : NULL;
}

/* The queue of the process's end is the service manager's to lengthen: SendBuffer= of systemd.socket(5). */
int launch_capture_at(const char *path, int *ret_socket)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	_cleanup_close_ int own = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (own < 0 || connect(own, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	lengthen_queue(own);
	*ret_socket = TAKE_FD(own);
	return 0;
}

struct launcher_task launch_capture_task(void)
{
	return (struct launcher_task){.number = LAUNCH_CAPTURE, .run = run_child};
}

int launch_capture(int *ret_socket, int *ret_pidfd)
{
	const struct launcher_task task = launch_capture_task();
	pid_t child;
	int ends[2];

	int error = make_sockets(ends);
	if (error)
		return error;
	_cleanup_close_ int own = ends[0];
	_cleanup_close_ int other = ends[1];
	const struct launcher_call call = {.fds = &other, .fd_count = 1};
	error = launcher_run(&task, &call, &child);
	if (error)
		return error;
	int pidfd = pidfd_open(child, 0);
	if (pidfd < 0) {
		error = -errno;
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		return error;
	}
	*ret_socket = TAKE_FD(own);
	*ret_pidfd = pidfd;
	return 0;
}
