// SPDX-License-Identifier: GPL-2.0-only
#include "lib/log.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#define LINE_SIZE 1024
#define HEADER_SIZE 128

static bool use_syslog;
static bool never_wait;
static bool is_for_journal;
static int syslog_fd = -1;
static uint64_t lost; /* lines that nobody has been told of */
static enum log_level highest_level = LOG_LEVEL_NOTICE;
static char *kept; /* where the next error is to be written, too; NULL: nowhere */
static size_t kept_size;

static const struct {
	const char *prefix;
	int priority;
} levels[LOG_LEVEL_COUNT] = {
	[LOG_LEVEL_ERROR] = {"error: ", LOG_ERR},
	[LOG_LEVEL_WARNING] = {"warning: ", LOG_WARNING},
	[LOG_LEVEL_NOTICE] = {"", LOG_NOTICE},
	[LOG_LEVEL_DEBUG] = {"debug: ", LOG_DEBUG},
};

void log_to_syslog(void)
{
	use_syslog = true;
}

void log_never_wait(void)
{
	never_wait = true;
}

void log_for_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat status;

	is_for_journal = stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
			 fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void log_set_level(enum log_level level)
{
	highest_level = level;
}

void log_keep_error(char *text, size_t size)
{
	kept = text;
	kept_size = size;
}

static int connect_syslog(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	syslog_fd = TAKE_FD(fd);
	return 0;
}

/*
 * Not through syslog(3), which waits where the daemon at the other end does not read: then smtpwatchd would stand still
 * over the message that syslog does not work. The form is the same. A restarted daemon has a new socket.
 */
static int send_to_syslog(enum log_level level, const char *text)
{
	char datagram[LINE_SIZE + HEADER_SIZE];
	char date[sizeof("Nov 22 03:12:04")] = "";
	time_t now = time(NULL);
	struct tm parts;
	int error = 0;

	if (localtime_r(&now, &parts))
		strftime(date, sizeof(date), "%b %e %H:%M:%S", &parts);
	snprintf(datagram, sizeof(datagram), "<%d>%s smtpwatchd[%d]: %s%s", LOG_DAEMON | levels[level].priority, date,
		 (int)getpid(), levels[level].prefix, text);
	for (int attempt = 0; attempt < 2; attempt++) {
		if (syslog_fd < 0 && (error = connect_syslog()) != 0)
			return error;
		if (send(syslog_fd, datagram, strlen(datagram), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return 0;
		error = -errno;
		if (error == -EAGAIN)
			return error;
		close(syslog_fd);
		syslog_fd = -1;
	}
	return error;
}

/* A pipe that says that it can be written to takes PIPE_BUF bytes at once (pipe(7)), which is more than a line. */
static int write_to_stderr(enum log_level level, const char *text)
{
	struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (never_wait && poll(&ready, 1, 0) == 0)
		return -EAGAIN;
	if (is_for_journal)
		fprintf(stderr, "<%d>%s\n", levels[level].priority, text);
	else
		fprintf(stderr, "smtpwatchd: %s%s\n", levels[level].prefix, text);
	return 0;
}

static int put(enum log_level level, const char *text)
{
	return use_syslog ? send_to_syslog(level, text) : write_to_stderr(level, text);
}

static void tell_lost(void)
{
	char text[64];

	if (lost == 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " lines of this log were lost", lost);
	if (put(LOG_LEVEL_WARNING, text) == 0)
		lost = 0;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;

	if (level > highest_level)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (level == LOG_LEVEL_ERROR && kept) {
		snprintf(kept, kept_size, "%s", line);
		kept = NULL;
	}
	tell_lost();
	if (put(level, line) != 0)
		lost++;
}
