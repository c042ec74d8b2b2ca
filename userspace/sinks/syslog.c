// SPDX-License-Identifier: GPL-2.0-only
/*
 * Alerts to the local syslog socket. Not through syslog(3), which waits when the daemon at the other end
 * does not read, and drops without a word when there is none: an alert must neither hold up the watch nor
 * vanish unsaid.
 *
 * The form that syslog(3) uses is the default because the local sockets of both usual daemons read no other one. What
 * was sent to them, in stock configurations: rsyslog 8.2302 (imuxsock) takes "1" for the program's name and what is
 * behind it for the message, also with an input of its own; journald 252 finds no program's name at all. In the older
 * form both have name, pid and message right, and rsyslog takes the time, in microseconds, from the socket. RFC 5424 is
 * for an input that is told to expect it: rsyslog with useSpecialParser="off" and parseHostname="on" has all of it
 * right.
 */
#include "lib/array.h"
#include "lib/cleanup.h"
#include "lib/clock.h"
#include "sinks/datagrams.h"
#include "sinks/line.h"
#include "sinks/priority.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#define DATAGRAM_SIZE (LINE_SIZE + LINE_HEADER_SIZE)
#define HOST_SIZE (HOST_NAME_MAX + 1)

/* Writes what stands before the message. */
typedef void header_writer(char header[LINE_HEADER_SIZE], int priority);

struct syslog_sink {
	int facility;
	header_writer *write_header;
	struct datagrams datagrams;
};

/* <priority>Mmm dd hh:mm:ss tag[pid]: (RFC 3164 4.1, without a host name, as local sockets expect it). */
static void write_rfc3164(char header[LINE_HEADER_SIZE], int priority)
{
	char date[sizeof("Nov 22 03:12:04")] = "";
	time_t now = time(NULL);
	struct tm parts;

	if (localtime_r(&now, &parts))
		strftime(date, sizeof(date), "%b %e %H:%M:%S", &parts);
	snprintf(header, LINE_HEADER_SIZE, "<%d>%s smtpwatchd[%d]: ", priority, date, (int)getpid());
}

/* 2026-11-22T03:12:04.123456+00:00 (RFC 5424 6.2.3): local time, so that one who reads the file knows it. */
#define TIMESTAMP_SIZE sizeof("2026-11-22T03:12:04.123456+00:00")
static void write_timestamp(char text[TIMESTAMP_SIZE])
{
	uint64_t now = clock_wall_ns();
	time_t seconds = (time_t)(now / NANOSECONDS_A_SECOND);
	unsigned int microseconds = (unsigned int)(now % NANOSECONDS_A_SECOND / 1000);
	char date[sizeof("2026-11-22T03:12:04")] = "";
	char zone[sizeof("+0000")] = "+0000";
	struct tm parts;

	if (localtime_r(&seconds, &parts)) {
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
		strftime(zone, sizeof(zone), "%z", &parts);
	}
	snprintf(text, TIMESTAMP_SIZE, "%s.%06u%.3s:%s", date, microseconds, zone, zone + 3);
}

/* HOSTNAME is printable ASCII without blanks (RFC 5424 6), which the kernel does not ask of a host's name. */
static void write_host(char *host, size_t size)
{
	if (gethostname(host, size) != 0)
		host[0] = '\0';
	host[size - 1] = '\0';
	for (char *byte = host; *byte != '\0'; byte++)
		if (*byte <= ' ' || *byte > '~')
			*byte = '?';
	if (host[0] == '\0')
		snprintf(host, size, "-");
}

/* <priority>1 TIMESTAMP HOST smtpwatchd PID - - : no structured data, as its names would need an enterprise number. */
static void write_rfc5424(char header[LINE_HEADER_SIZE], int priority)
{
	char timestamp[TIMESTAMP_SIZE];
	char host[HOST_SIZE];

	write_timestamp(timestamp);
	write_host(host, sizeof(host));
	snprintf(header, LINE_HEADER_SIZE, "<%d>1 %s %s smtpwatchd %d - - ", priority, timestamp, host, (int)getpid());
}

static header_writer *const header_writers[] = {
	[SYSLOG_RFC3164] = write_rfc3164,
	[SYSLOG_RFC5424] = write_rfc5424,
};
static_assert(COUNT_OF(header_writers) == SYSLOG_FORMAT_COUNT, "a header for each format");
static_assert(LINE_HEADER_SIZE >= sizeof("<190>1  smtpwatchd 4194304 - - ") + TIMESTAMP_SIZE + HOST_SIZE,
	      "room for the longest header");

static void write_alert(void *state, const struct alert *alert)
{
	struct syslog_sink *sink = state;
	char datagram[DATAGRAM_SIZE];
	char line[LINE_SIZE];
	char header[LINE_HEADER_SIZE];

	sink->write_header(header, sink->facility | priority_of(alert->severity));
	line_of_alert(alert, line);
	int size = snprintf(datagram, sizeof(datagram), "%s%s", header, line);
	datagrams_put(&sink->datagrams, datagram, (size_t)size);
}

static void flush(void *state)
{
	struct syslog_sink *sink = state;
	datagrams_flush(&sink->datagrams);
}

static uint64_t losses(const void *state)
{
	const struct syslog_sink *sink = state;
	return sink->datagrams.queue.dropped;
}

static int problem(const void *state)
{
	const struct syslog_sink *sink = state;
	return sink->datagrams.failing;
}

static void free_state(void *state)
{
	struct syslog_sink *sink = state;

	datagrams_end(&sink->datagrams);
	free(sink);
}

static const struct sink_operations operations = {
	.name = "syslog",
	.write_alert = write_alert,
	.tick = flush,
	.losses = losses,
	.problem = problem,
	.free_state = free_state,
};

int sinks_add_syslog(struct sinks *sinks, const char *path, int facility, enum syslog_format format)
{
	_cleanup_free_ struct syslog_sink *sink = calloc(1, sizeof(*sink));
	if (!sink)
		return -ENOMEM;
	int error = datagrams_init(&sink->datagrams, operations.name, path);
	if (error)
		return error;
	sink->facility = facility;
	sink->write_header = header_writers[format];
	return sinks_add(sinks, &operations, TAKE_PTR(sink));
}
