// SPDX-License-Identifier: GPL-2.0-only
/*
 * Alerts to the local syslog socket. Not through syslog(3), which waits when the daemon at the other end
 * does not read, and drops without a word when there is none: an alert must neither hold up the watch nor
 * vanish unsaid.
 *
 * One datagram a line, in the form that syslog(3) uses: <priority>Mmm dd hh:mm:ss tag[pid]: text
 * (RFC 3164 4.1, without a host name, as local sockets expect it).
 */
#include "lib/log.h"
#include "sinks/line.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#define QUEUE_MAX 256
#define DATAGRAM_SIZE (LINE_SIZE + LINE_HEADER_SIZE)

struct syslog_sink {
	struct sockaddr_un address;
	int facility;
	int fd; /* -1: not connected */
	bool failing;
	char *queue[QUEUE_MAX]; /* a ring of lines that wait, the oldest at `first` */
	size_t first;
	size_t waiting;
	uint64_t dropped;
};

static const int priorities[ALERT_SEVERITY_COUNT] = {
	[ALERT_SEVERITY_INFO] = LOG_INFO, [ALERT_SEVERITY_NOTICE] = LOG_NOTICE, [ALERT_SEVERITY_WARNING] = LOG_WARNING,
	[ALERT_SEVERITY_HIGH] = LOG_ERR,  [ALERT_SEVERITY_CRITICAL] = LOG_CRIT,
};

static int connect_socket(struct syslog_sink *sink)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&sink->address, sizeof(sink->address)) != 0)
		return -errno;
	sink->fd = TAKE_FD(fd);
	return 0;
}

static void disconnect(struct syslog_sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
}

/* A restarted syslog daemon has a new socket behind the old name: connect once more before giving up. */
static int send_line(struct syslog_sink *sink, const char *line)
{
	int error = 0;
	for (int attempt = 0; attempt < 2; attempt++) {
		if (sink->fd < 0 && (error = connect_socket(sink)) != 0)
			return error;
		if (send(sink->fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return 0;
		error = -errno;
		if (error == -EAGAIN || error == -ENOBUFS)
			return error;
		disconnect(sink);
	}
	return error;
}

static void report_state(struct syslog_sink *sink, int error)
{
	if (error && !sink->failing)
		log_warning("alerts cannot be written to syslog at %s (%s): up to %d of them wait",
			    sink->address.sun_path, strerror(-error), QUEUE_MAX);
	if (!error && sink->failing)
		log_notice("alerts go to syslog at %s again; %" PRIu64 " were dropped", sink->address.sun_path,
			   sink->dropped);
	sink->failing = error != 0;
}

static void remove_oldest(struct syslog_sink *sink)
{
	free(sink->queue[sink->first]);
	sink->first = (sink->first + 1) % QUEUE_MAX;
	sink->waiting--;
}

static void send_waiting(void *state)
{
	struct syslog_sink *sink = state;
	int error = 0;

	while (sink->waiting > 0) {
		error = send_line(sink, sink->queue[sink->first]);
		if (error)
			break;
		remove_oldest(sink);
	}
	report_state(sink, error);
}

/* A full queue gives up its oldest line: the newer one carries the larger count. */
static void enqueue(struct syslog_sink *sink, const char *line)
{
	char *copy = strdup(line);
	if (!copy) {
		sink->dropped++;
		return;
	}
	if (sink->waiting == QUEUE_MAX) {
		remove_oldest(sink);
		sink->dropped++;
	}
	sink->queue[(sink->first + sink->waiting) % QUEUE_MAX] = copy;
	sink->waiting++;
}

static void write_alert(void *state, const struct alert *alert)
{
	struct syslog_sink *sink = state;
	char line[LINE_SIZE];
	char datagram[DATAGRAM_SIZE];
	char date[sizeof("Nov 22 03:12:04")] = "";
	time_t now = time(NULL);
	struct tm parts;

	if (localtime_r(&now, &parts))
		strftime(date, sizeof(date), "%b %e %H:%M:%S", &parts);
	line_of_alert(alert, line);
	snprintf(datagram, sizeof(datagram), "<%d>%s smtpwatchd[%d]: %s", sink->facility | priorities[alert->severity],
		 date, (int)getpid(), line);
	enqueue(sink, datagram);
	send_waiting(sink);
}

static void free_state(void *state)
{
	struct syslog_sink *sink = state;

	if (!sink)
		return;
	send_waiting(sink);
	if (sink->waiting > 0)
		log_warning("%zu alerts could not be written to syslog", sink->waiting);
	while (sink->waiting > 0)
		remove_oldest(sink);
	disconnect(sink);
	free(sink);
}

static const struct sink_operations operations = {
	.name = "syslog",
	.write_alert = write_alert,
	.tick = send_waiting,
	.free_state = free_state,
};

int sinks_add_syslog(struct sinks *sinks, const char *path, int facility)
{
	struct syslog_sink *sink;

	if (strlen(path) >= sizeof(sink->address.sun_path))
		return -ENAMETOOLONG;
	sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	sink->fd = -1;
	sink->facility = facility;
	sink->address.sun_family = AF_UNIX;
	memcpy(sink->address.sun_path, path, strlen(path));
	return sinks_add(sinks, &operations, sink);
}
