// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/instance.h"

#include "lib/cleanup.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static int lock_fd = -1;
static char lock_path[PATH_MAX];

static void say_who(int fd)
{
	char pid[16] = "";
	ssize_t size = pread(fd, pid, sizeof(pid) - 1, 0);
	if (size > 0 && strspn(pid, "0123456789") > 0)
		log_error("another smtpwatchd is running (pid %.*s): stop it first", (int)strspn(pid, "0123456789"),
			  pid);
	else
		log_error("another smtpwatchd is starting: %s is locked", lock_path);
}

const char *instance_directory(void)
{
	const char *directory = getenv("RUNTIME_DIRECTORY");
	return directory && directory[0] == '/' ? directory : INSTANCE_DEFAULT_DIRECTORY;
}

int instance_lock(void)
{
	const char *directory = instance_directory();

	if (mkdir(directory, 0755) != 0 && errno != EEXIST) {
		int error = -errno;
		log_error("cannot make %s: %s", directory, strerror(-error));
		return error;
	}
	snprintf(lock_path, sizeof(lock_path), "%s/smtpwatchd.pid", directory);
	_cleanup_close_ int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		int error = -errno;
		log_error("cannot open %s: %s", lock_path, strerror(-error));
		return error;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		say_who(fd);
		return -EEXIST;
	}
	lock_fd = TAKE_FD(fd);
	instance_write_pid();
	return 0;
}

void instance_write_pid(void)
{
	char pid[16];
	int length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
	if (ftruncate(lock_fd, 0) != 0 || pwrite(lock_fd, pid, (size_t)length, 0) != length)
		log_warning("cannot write %s: %s", lock_path, strerror(errno));
}

void instance_unlock(void)
{
	if (lock_fd >= 0)
		unlink(lock_path);
}
