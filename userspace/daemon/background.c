// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/background.h"

#include "lib/cleanup.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

static int ready_fd = -1;

static _Noreturn void wait_for_child(pid_t child, int fd)
{
	char byte;
	int status;

	if (read(fd, &byte, 1) == 1)
		_exit(0);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(1);
}

int background_fork(void)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	pid_t child = fork();
	if (child < 0) {
		int error = -errno;
		close(ends[0]);
		close(ends[1]);
		return error;
	}
	if (child > 0) {
		close(ends[1]);
		wait_for_child(child, ends[0]);
	}
	close(ends[0]);
	ready_fd = ends[1];
	setsid();
	return 0;
}

void background_ready(void)
{
	if (ready_fd < 0)
		return;
	log_to_syslog();
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (chdir("/") != 0 || write(ready_fd, "", 1) != 1)
		log_warning("the process that started the daemon did not hear that it is ready");
	close(ready_fd);
	ready_fd = -1;
}
