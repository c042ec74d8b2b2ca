// SPDX-License-Identifier: GPL-2.0-only
#include "lib/launcher.h"

#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS_NAME "smtpw-launcher" /* 15 bytes at most: proc_pid_comm(5) */
#define LAUNCHER_SOCKET (STDERR_FILENO + 1)

/* It forks and answers, in a millisecond. One that does not is stopped, or the machine is: nobody waits for ever. */
#define ANSWER_MS 10000

struct request {
	uint32_t task;
	uint32_t size;
	char bytes[LAUNCHER_BYTES_MAX];
};

union fd_room {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(LAUNCHER_FDS_MAX * sizeof(int))];
};

/* The daemon's end. There is one launcher in a program. */
static struct {
	int socket; /* valid where pid is not 0 */
	pid_t pid;  /* 0: there is none */
	bool is_lost;
} launcher;

/* ---- In the launcher */

struct serving {
	struct launcher_task tasks[LAUNCHER_TASKS_MAX]; /* run is NULL where there is none */
	pid_t daemon;
	struct request request;
	int fds[LAUNCHER_FDS_MAX];
	size_t fd_count;
};

/* A stop of the whole service, or a Ctrl-C, reaches it too: it ends when the daemon lets go of it. */
static void ignore_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE};
	sigset_t none;

	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nothing of the daemon's stays open but the socket: not the terminal or pipe that it was started from, nor its lock.
 */
static int keep_socket_only(int socket)
{
	int null = open("/dev/null", O_RDWR);
	if (null < 0)
		return -errno;
	int high_null = fcntl(null, F_DUPFD_CLOEXEC, LAUNCHER_SOCKET + 1);
	int high_socket = fcntl(socket, F_DUPFD_CLOEXEC, LAUNCHER_SOCKET + 1);
	if (high_null < 0 || high_socket < 0)
		return -errno;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if ((fd != STDERR_FILENO || !HAS_ADDRESS_SANITIZER) && dup2(high_null, fd) < 0)
			return -errno;
	if (dup3(high_socket, LAUNCHER_SOCKET, O_CLOEXEC) < 0 || close_range(LAUNCHER_SOCKET + 1, ~0U, 0) != 0)
		return -errno;
	return 0;
}

static void take_fds(struct serving *serving, struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);

	serving->fd_count = 0;
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return;
	size_t size = header->cmsg_len - CMSG_LEN(0);
	serving->fd_count = size / sizeof(int) < LAUNCHER_FDS_MAX ? size / sizeof(int) : LAUNCHER_FDS_MAX;
	memcpy(serving->fds, CMSG_DATA(header), serving->fd_count * sizeof(int));
}

/* False at the end of the daemon. A message that is not whole asks for nothing that there is. */
static bool receive(struct serving *serving)
{
	struct iovec bytes = {&serving->request, sizeof(serving->request)};
	union fd_room room;
	struct msghdr message = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof(room.bytes)};
	ssize_t size;

	do
		size = recvmsg(LAUNCHER_SOCKET, &message, MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	if (size <= 0)
		return false;
	take_fds(serving, &message);
	if ((size_t)size < offsetof(struct request, bytes) ||
	    serving->request.size != (size_t)size - offsetof(struct request, bytes))
		serving->request.task = LAUNCHER_TASKS_MAX;
	return true;
}

/* The new process is the daemon's child, for it to wait for. Returns its pid, or -errno. */
static int32_t begin(const struct serving *serving)
{
	const struct launcher_task *task = &serving->tasks[serving->request.task % LAUNCHER_TASKS_MAX];
	const struct launcher_call call = {
		.bytes = serving->request.bytes,
		.size = serving->request.size,
		.fds = serving->fds,
		.fd_count = serving->fd_count,
		.parent = serving->daemon,
	};

	if (serving->request.task >= LAUNCHER_TASKS_MAX || !task->run)
		return -ENOSYS;
	/* fork(), but that the parent is this process's own. The arguments behind the flags, whose order differs
	 * between architectures (clone(2)), are all 0. */
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		return -errno;
	if (pid > 0)
		return (int32_t)pid;
	task->run(task->context, &call);
	_exit(127);
}

static _Noreturn void serve(struct serving *serving)
{
	while (receive(serving)) {
		int32_t answer = begin(serving);
		for (size_t i = 0; i < serving->fd_count; i++)
			close(serving->fds[i]);
		if (send(LAUNCHER_SOCKET, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static _Noreturn void become_launcher(struct serving *serving, int socket, void (*limit)(void *context), void *context)
{
	/* The daemon may have died before the first line took effect. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != serving->daemon)
		_exit(1);
	setsid();
	ignore_signals();
	prctl(PR_SET_NAME, PROCESS_NAME, 0, 0, 0);
	if (keep_socket_only(socket) != 0)
		_exit(1);
	if (limit)
		limit(context);
	serve(serving);
}

/* ---- In the daemon */

int launcher_start(const struct launcher_task *tasks, size_t count, void (*limit)(void *context), void *context)
{
	static struct serving serving;
	int ends[2];

	serving.daemon = getpid();
	for (size_t i = 0; i < count; i++)
		serving.tasks[tasks[i].number] = tasks[i];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -errno;
	_cleanup_close_ int own = ends[0];
	_cleanup_close_ int other = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become_launcher(&serving, other, limit, context);
	launcher.pid = pid;
	launcher.socket = TAKE_FD(own);
	return 0;
}

void launcher_stop(void)
{
	if (launcher.pid == 0)
		return;
	close(launcher.socket);
	kill(launcher.pid, SIGKILL);
	while (waitpid(launcher.pid, NULL, 0) < 0 && errno == EINTR)
		;
	launcher.pid = 0;
}

/* Nothing that it did not answer in time is waited for any more: what it would begin later dies with it. */
static int lose(void)
{
	launcher_stop();
	launcher.is_lost = true;
	log_error(
		"the process that starts the capture and the command for alerts is gone: neither is started any more; "
		"restart smtpwatchd");
	return -EOWNERDEAD;
}

static bool send_request(const struct launcher_task *task, const struct launcher_call *call)
{
	struct request request = {.task = task->number, .size = (uint32_t)call->size};
	struct iovec bytes = {&request, offsetof(struct request, bytes) + call->size};
	union fd_room room = {0};
	struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};

	if (call->size > 0)
		memcpy(request.bytes, call->bytes, call->size);
	if (call->fd_count > 0) {
		message.msg_control = room.bytes;
		message.msg_controllen = CMSG_SPACE(call->fd_count * sizeof(int));
		room.header.cmsg_level = SOL_SOCKET;
		room.header.cmsg_type = SCM_RIGHTS;
		room.header.cmsg_len = CMSG_LEN(call->fd_count * sizeof(int));
		memcpy(CMSG_DATA(&room.header), call->fds, call->fd_count * sizeof(int));
	}
	return sendmsg(launcher.socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

static bool receive_answer(int32_t *ret_answer)
{
	struct pollfd answered = {.fd = launcher.socket, .events = POLLIN};
	int count;

	do
		count = poll(&answered, 1, ANSWER_MS);
	while (count < 0 && errno == EINTR);
	return count > 0 && recv(launcher.socket, ret_answer, sizeof(*ret_answer), MSG_DONTWAIT) == sizeof(*ret_answer);
}

static int run_here(const struct launcher_task *task, const struct launcher_call *call, pid_t *ret_pid)
{
	struct launcher_call own = *call;

	own.parent = getpid();
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		task->run(task->context, &own);
		_exit(127);
	}
	*ret_pid = pid;
	return 0;
}

int launcher_run(const struct launcher_task *task, const struct launcher_call *call, pid_t *ret_pid)
{
	int32_t answer = 0;

	if (call->size > LAUNCHER_BYTES_MAX || call->fd_count > LAUNCHER_FDS_MAX)
		return -E2BIG;
	if (launcher.is_lost)
		return -EOWNERDEAD;
	if (launcher.pid == 0)
		return run_here(task, call, ret_pid);
	if (!send_request(task, call) || !receive_answer(&answer))
		return lose();
	if (answer <= 0)
		return answer;
	*ret_pid = answer;
	return 0;
}
