// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/command_run.h"

#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "lib/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#define OUTPUT_MAX 4096 /* bytes of one run that are logged */
#define READ_SIZE 4096  /* at once: other descriptors have their turn in between */
#define LAST_READS 16   /* what is still in a full pipe (pipe(7): 64 KiB) when the command has ended */
#define FIRST_FREE_FD (STDERR_FILENO + 1)

/* ---- In the process, before it is another program */

static void reset_process(void)
{
	sigset_t none;

	setsid();
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int arrange_descriptors(int input, int output)
{
	/* Out of the way of the numbers that are to be given. */
	int high_input = fcntl(input, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	int high_output = fcntl(output, F_DUPFD_CLOEXEC, FIRST_FREE_FD);

	if (high_input < 0 || high_output < 0 || dup2(high_input, STDIN_FILENO) < 0 ||
	    dup2(high_output, STDOUT_FILENO) < 0 || dup2(high_output, STDERR_FILENO) < 0 ||
	    close_range(FIRST_FREE_FD, ~0U, 0) != 0 || chdir("/") != 0)
		return -errno;
	return 0;
}

/* False where there are not as many variables, each with its NUL. */
static bool find_variables(const struct launcher_call *call, char *environment[1 + COMMAND_VARIABLES + 1])
{
	const char *next = call->bytes;
	size_t left = call->size;

	for (size_t i = 0; i < COMMAND_VARIABLES; i++) {
		size_t length = strnlen(next, left);
		if (length == left)
			return false;
		environment[1 + i] = (char *)(uintptr_t)next; /* execve() only reads them */
		next += length + 1;
		left -= length + 1;
	}
	return true;
}

static void become_command(const void *context, const struct launcher_call *call)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[1 + COMMAND_VARIABLES + 1] = {path};
	char *const *argv = context;

	reset_process();
	if (call->fd_count != 2 || !find_variables(call, environment))
		_exit(127);
	if (arrange_descriptors(call->fds[0], call->fds[1]) == 0)
		execve(argv[0], argv, environment);
	dprintf(STDERR_FILENO, "it cannot be executed: %s\n", strerror(errno));
	_exit(127);
}

/* ---- In the daemon */

/* A file in memory with the bytes, read from its beginning. -1 with errno. */
static int open_input(const char *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create("smtpwatch-alert", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	return TAKE_FD(fd);
}

struct launcher_task command_task(char *const *argv)
{
	return (struct launcher_task){.number = LAUNCH_COMMAND, .run = become_command, .context = argv};
}

/* `variables` has the environment's. */
static int start_process(struct command_run *run, char *const *argv, const struct launcher_call *variables, int input)
{
	const struct launcher_task task = command_task(argv);
	struct launcher_call call = *variables;
	pid_t pid;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	_cleanup_close_ int output = ends[0];
	_cleanup_close_ int their_output = ends[1];
	if (fcntl(output, F_SETFL, O_NONBLOCK) != 0)
		return -errno;
	const int fds[] = {input, their_output};
	call.fds = fds;
	call.fd_count = COUNT_OF(fds);
	int error = launcher_run(&task, &call, &pid);
	if (error)
		return error;
	int pidfd = pidfd_open(pid, 0);
	if (pidfd < 0) { /* no descriptors left: what cannot be watched must not run */
		error = -errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return error;
	}
	*run = (struct command_run){.pid = pid, .pidfd = pidfd, .output = TAKE_FD(output)};
	return 0;
}

int command_start(struct command_run *run, char *const *argv, const char *record, size_t size)
{
	const char *next = record;

	for (size_t i = 0; i < COMMAND_VARIABLES; i++)
		next += strlen(next) + 1;
	const struct launcher_call variables = {.bytes = record, .size = (size_t)(next - record)};
	_cleanup_close_ int input = open_input(next, size - variables.size);
	return input < 0 ? -errno : start_process(run, argv, &variables, input);
}

static void log_output(struct command_run *run, const char *name)
{
	char shown[TEXT_ESCAPED_SIZE(COMMAND_LINE_SIZE)];

	if (run->line_size == 0)
		return;
	text_escape(shown, sizeof(shown), run->line, run->line_size);
	log_notice("%s[%d]: %s", name, (int)run->pid, shown);
	run->line_size = 0;
}

static void take_output(struct command_run *run, const char *name, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size && run->said + i < OUTPUT_MAX; i++) {
		if (bytes[i] != '\n')
			run->line[run->line_size++] = bytes[i];
		if (bytes[i] == '\n' || run->line_size == sizeof(run->line))
			log_output(run, name);
	}
	run->said += size;
}

/* Closing it takes it out of the event loop: nobody else has this descriptor. Returns whether there may be more. */
static bool read_output(struct command_run *run, const char *name)
{
	char bytes[READ_SIZE];

	if (run->output < 0)
		return false;
	ssize_t size = read(run->output, bytes, sizeof(bytes));
	if (size > 0) {
		take_output(run, name, bytes, (size_t)size);
		return true;
	}
	if (size == 0) {
		close(run->output);
		run->output = -1;
	}
	return false;
}

static void log_end(struct command_run *run, const char *name, const siginfo_t *info)
{
	log_output(run, name);
	if (run->said > OUTPUT_MAX)
		log_notice("%s[%d]: of %zu bytes that it wrote, %d are above", name, (int)run->pid, run->said,
			   OUTPUT_MAX);
	if (run->is_overdue)
		log_warning("%s[%d] was killed: it took too long", name, (int)run->pid);
	else if (info->si_code != CLD_EXITED)
		log_warning("%s[%d] was ended by signal %d", name, (int)run->pid, info->si_status);
	else if (info->si_status != 0)
		log_warning("%s[%d] failed with exit status %d", name, (int)run->pid, info->si_status);
}

static void release(struct command_run *run)
{
	cleanup_close(&run->output);
	close(run->pidfd);
	*run = (struct command_run){0};
}

void command_serve(struct command_run *run, const char *name)
{
	siginfo_t info = {0};

	read_output(run, name);
	if (waitid(P_PIDFD, (id_t)run->pidfd, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0)
		return;
	for (int i = 0; i < LAST_READS && read_output(run, name); i++)
		;
	log_end(run, name, &info);
	release(run);
}

/* The group is that of its session, once it has one. The pid cannot be another's before it was waited for. */
void command_kill(struct command_run *run)
{
	run->is_overdue = true;
	kill(-run->pid, SIGKILL);
	kill(run->pid, SIGKILL);
}

void command_end(struct command_run *run, const char *name)
{
	struct pollfd end = {.fd = run->pidfd, .events = POLLIN};

	command_kill(run);
	poll(&end, 1, 1000);
	command_serve(run, name);
	if (command_is_running(run))
		release(run);
}
