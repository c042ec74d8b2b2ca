// SPDX-License-Identifier: GPL-2.0-only
#include "control/link.h"

#include "control/no_right.h"
#include "control/protocol.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/text.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PATIENCE_MS 5000
#define FIRST_CAPACITY (16 * 1024)

#define NANOSECONDS_A_MILLISECOND ((uint64_t)(NANOSECONDS_A_SECOND / 1000))

struct link {
	int fd;
	json_t *greeting;
	char *bytes; /* of [begin, end) are received and not yet given away */
	size_t capacity;
	size_t begin;
	size_t searched; /* no newline lies before it */
	size_t end;
	bool is_gone;
	bool is_broken; /* it sent a line without end */
};

void link_free(struct link *link)
{
	if (!link)
		return;
	json_decref(link->greeting);
	if (link->fd >= 0)
		close(link->fd);
	free(link->bytes);
	free(link);
}

const json_t *link_greeting(const struct link *link)
{
	return link->greeting;
}

int link_fd(const struct link *link)
{
	return link->fd;
}

/* ---- Sending */

static int send_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -ECONNRESET;
		bytes += sent;
		size -= (size_t)sent;
	}
	return 0;
}

int link_send(struct link *link, const json_t *request)
{
	_cleanup_free_ char *line = json_dumps(request, JSON_COMPACT);
	size_t length;

	if (!line)
		return -ENOMEM;
	length = strlen(line);
	if (length >= PROTOCOL_REQUEST_MAX)
		return -E2BIG;
	line[length] = '\n'; /* in the place of the NUL */
	return send_all(link->fd, line, length + 1);
}

/* ---- Receiving */

/* Makes room behind what is there, or says that the line is too long. */
static int make_room(struct link *link)
{
	size_t capacity = link->capacity ? 2 * link->capacity : FIRST_CAPACITY;

	if (link->begin > 0) {
		memmove(link->bytes, link->bytes + link->begin, link->end - link->begin);
		link->searched -= link->begin;
		link->end -= link->begin;
		link->begin = 0;
	}
	if (link->end < link->capacity)
		return 0;
	if (link->capacity >= PROTOCOL_ANSWER_MAX) {
		link->is_broken = true;
		return -EBADMSG;
	}
	if (capacity > PROTOCOL_ANSWER_MAX)
		capacity = PROTOCOL_ANSWER_MAX;
	char *bytes = realloc(link->bytes, capacity);
	if (!bytes)
		return -ENOMEM;
	link->bytes = bytes;
	link->capacity = capacity;
	return 0;
}

/* 0 or -errno; -EAGAIN there is nothing. */
static int read_more(struct link *link)
{
	int error = link->end < link->capacity ? 0 : make_room(link);

	if (error)
		return error;
	ssize_t size = recv(link->fd, link->bytes + link->end, link->capacity - link->end, MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (size <= 0) {
		link->is_gone = true;
		return -ECONNRESET;
	}
	link->end += (size_t)size;
	return 0;
}

/* The newline that ends the first line, or NULL. */
static const char *find_end(struct link *link)
{
	size_t size = link->end - link->searched;
	const char *end = size > 0 ? memchr(link->bytes + link->searched, '\n', size) : NULL;

	link->searched = end ? (size_t)(end - link->bytes) + 1 : link->end;
	return end;
}

static int take_line(struct link *link, const char *end, json_t **ret_message)
{
	const char *line = link->bytes + link->begin;
	json_t *message = json_loadb(line, (size_t)(end - line), 0, NULL);

	link->begin = link->searched;
	if (link->begin == link->end)
		link->begin = link->searched = link->end = 0;
	if (!json_is_object(message)) {
		json_decref(message);
		return -EBADMSG;
	}
	*ret_message = message;
	return 0;
}

int link_receive(struct link *link, json_t **ret_message)
{
	if (link->is_broken)
		return -EBADMSG;
	for (;;) {
		const char *end = find_end(link);
		if (end)
			return take_line(link, end, ret_message);
		int error = link->is_gone ? -ECONNRESET : read_more(link);
		if (error)
			return error;
	}
}

/* What is left until then, of whole milliseconds; -1 without end. */
static int left_ms(uint64_t deadline_ns)
{
	uint64_t now = clock_boot_ns();

	if (deadline_ns == UINT64_MAX)
		return -1;
	if (now >= deadline_ns)
		return 0;
	return (int)((deadline_ns - now + NANOSECONDS_A_MILLISECOND - 1) / NANOSECONDS_A_MILLISECOND);
}

static uint64_t deadline_in(int timeout_ms)
{
	if (timeout_ms < 0)
		return UINT64_MAX;
	return clock_boot_ns() + (uint64_t)timeout_ms * NANOSECONDS_A_MILLISECOND;
}

static int wait_until(struct link *link, uint64_t deadline_ns, json_t **ret_message)
{
	for (;;) {
		int error = link_receive(link, ret_message);
		if (error != -EAGAIN)
			return error;
		struct pollfd poller = {.fd = link->fd, .events = POLLIN};
		int ready = poll(&poller, 1, left_ms(deadline_ns));
		if (ready < 0)
			return -errno;
		if (ready == 0)
			return -ETIMEDOUT;
	}
}

int link_wait(struct link *link, int timeout_ms, json_t **ret_message)
{
	return wait_until(link, deadline_in(timeout_ms), ret_message);
}

/* ---- The beginning */

__attribute__((format(printf, 3, 4))) static int refuse(int error, char reason[LINK_REASON_SIZE], const char *format,
							...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, LINK_REASON_SIZE, format, arguments);
	va_end(arguments);
	return error;
}

#define SHOWN_SIZE 160

static const char *shown(const char *text, char target[SHOWN_SIZE])
{
	text_escape(target, SHOWN_SIZE, text, strlen(text));
	return target;
}

static int refuse_connection(int error, const char *path, char reason[LINK_REASON_SIZE])
{
	char text[SHOWN_SIZE];

	shown(path, text);
	if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR)
		return refuse(-ENOENT, reason,
			      "smtpwatchd does not run, or not with this socket (%s): start it by \"sudo systemctl "
			      "start smtpwatchd\", or by \"sudo smtpwatchd\" where it is no service",
			      text);
	if (error == EACCES || error == EPERM) {
		no_right_explain(path, reason, LINK_REASON_SIZE);
		return -EACCES;
	}
	if (error == EAGAIN)
		return refuse(-ETIMEDOUT, reason, "smtpwatchd does not take the connection (%s): see what its log says",
			      text);
	return refuse(-error, reason, "cannot connect to smtpwatchd (%s): %s", text, strerror(error));
}

/* Patience holds for connecting and for each send. */
static int make_socket(int timeout_ms)
{
	struct timeval patience = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		return -errno;
	return TAKE_FD(fd);
}

static int connect_to(const char *path, int timeout_ms, int *ret_fd, char reason[LINK_REASON_SIZE])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint64_t deadline_ns = deadline_in(timeout_ms);
	size_t length = strlen(path);
	int error;

	if (length == 0 || length >= sizeof(address.sun_path))
		return refuse(-ENAMETOOLONG, reason, "the path of a socket has 1 to %zu bytes, this one has %zu",
			      sizeof(address.sun_path) - 1, length);
	memcpy(address.sun_path, path, length + 1);
	_cleanup_close_ int fd = make_socket(timeout_ms);
	if (fd < 0)
		return refuse(fd, reason, "cannot make a socket: %s", strerror(-fd));
	do
		error = connect(fd, (const struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	while (error == EINTR && left_ms(deadline_ns) != 0);
	if (error)
		return refuse_connection(error == EINTR ? EAGAIN : error, path, reason);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Errors by which the daemon turns a client away in the place of a greeting. */
static const struct {
	const char *code;
	int error;
	const char *reason;
} refusals[] = {
	{"busy", -EBUSY, "smtpwatchd has as many clients as it takes: end some of them first"},
	{"forbidden", -EACCES, NULL},
};

static int judge_refusal(const json_t *error, const char *path, char reason[LINK_REASON_SIZE])
{
	const char *code = json_string_value(json_object_get(error, "code"));
	const char *message = json_string_value(json_object_get(error, "message"));
	char text[SHOWN_SIZE];

	for (size_t i = 0; i < COUNT_OF(refusals); i++) {
		if (!code || strcmp(code, refusals[i].code) != 0)
			continue;
		if (refusals[i].reason)
			return refuse(refusals[i].error, reason, "%s", refusals[i].reason);
		no_right_explain(path, reason, LINK_REASON_SIZE);
		return refusals[i].error;
	}
	return refuse(-EPROTO, reason, "smtpwatchd refuses: %s",
		      shown(message ? message : "it does not say why", text));
}

static int judge_greeting(const json_t *greeting, const char *path, char reason[LINK_REASON_SIZE])
{
	const json_t *error = json_object_get(greeting, "error");
	const char *version = json_string_value(json_object_get(greeting, "smtpwatch"));
	const json_t *protocol = json_object_get(greeting, "protocol");
	char text[SHOWN_SIZE];

	if (error)
		return judge_refusal(error, path, reason);
	if (!version || !json_is_integer(protocol))
		return refuse(-EPROTO, reason, "who answers at %s is not smtpwatchd", shown(path, text));
	if (json_integer_value(protocol) != PROTOCOL_VERSION)
		return refuse(
			-EPROTO, reason,
			"smtpwatchd is version %s, whose protocol is %lld, and this smtpwatch, version %s, knows %d: "
			"use the smtpwatch that came with it, or restart smtpwatchd after an update",
			shown(version, text), (long long)json_integer_value(protocol), SMTPWATCH_VERSION,
			PROTOCOL_VERSION);
	return 0;
}

static int read_greeting(struct link *link, const char *path, int timeout_ms, char reason[LINK_REASON_SIZE])
{
	uint64_t deadline_ns = deadline_in(timeout_ms);
	char text[SHOWN_SIZE];
	int error;

	do
		error = wait_until(link, deadline_ns, &link->greeting);
	while (error == -EINTR);
	shown(path, text);
	if (error == -ETIMEDOUT)
		return refuse(error, reason, "smtpwatchd does not answer (%s): see what its log says", text);
	if (error == -ECONNRESET)
		return refuse(error, reason, "smtpwatchd closed the connection (%s): it may be about to end", text);
	if (error == -EBADMSG)
		return refuse(-EPROTO, reason, "who answers at %s is not smtpwatchd", text);
	if (error)
		return refuse(error, reason, "cannot read what smtpwatchd says: %s", strerror(-error));
	return judge_greeting(link->greeting, path, reason);
}

int link_open_within(const char *path, int timeout_ms, struct link **ret_link, char reason[LINK_REASON_SIZE])
{
	_cleanup_(cleanup_link_free) struct link *link = calloc(1, sizeof(*link));
	int error;

	if (!link)
		return refuse(-ENOMEM, reason, "out of memory");
	link->fd = -1;
	error = connect_to(path, timeout_ms, &link->fd, reason);
	if (!error)
		error = read_greeting(link, path, timeout_ms, reason);
	if (error)
		return error;
	*ret_link = TAKE_PTR(link);
	return 0;
}

int link_open(const char *path, struct link **ret_link, char reason[LINK_REASON_SIZE])
{
	return link_open_within(path, PATIENCE_MS, ret_link, reason);
}
