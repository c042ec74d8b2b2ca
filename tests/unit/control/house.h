/* SPDX-License-Identifier: GPL-2.0-only */
/* A server with a socket of its own, and clients of it, all in one thread: whoever waits for an answer serves. */
#ifndef SMTPWATCH_TESTS_CONTROL_HOUSE_H
#define SMTPWATCH_TESTS_CONTROL_HOUSE_H

#include "control/protocol.h"
#include "control/server.h"
#include "fake_ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

DEFINE_CLEANUP(json_t, json_decref)
#define _cleanup_json_ _cleanup_(cleanup_json_decref)

#define PATIENCE_MS 20000

struct house {
	char directory[64];
	char path[96];
	struct control_options options;
	struct control_hooks hooks;
	struct control *control;
	struct sinks *sinks;
	struct health health;
	int reload_error;
	size_t reloads;
};

static inline void house_get_head(void *context, struct control_head *ret_head)
{
	(void)context;
	*ret_head = (struct control_head){
		.host = "web1",
		.version = "0.1.0",
		.kernel = "6.1.0-30-amd64",
		.attached = "connect, exec, fork",
		.capture = "running",
		.health = HEALTH_DEGRADED,
		.health_text = "the capture died",
		.daemon_pid = 812,
		.started_wall_ns = 1795310000500000000,
		.lost_records = 1,
		.lost_packets = 2,
		.lost_lines = 3,
		.thinned = 4,
	};
}

static inline void house_get_health(void *context, struct health *ret_health)
{
	*ret_health = ((const struct house *)context)->health;
}

static inline int house_reload(void *context, char reason[CONTROL_REASON_SIZE])
{
	struct house *house = (struct house *)context;

	house->reloads++;
	if (house->reload_error)
		snprintf(reason, CONTROL_REASON_SIZE, "smtpwatch.conf:3: no such key");
	return house->reload_error;
}

/* The options may be changed before house_open(). */
static inline void house_begin(struct house *house, enum ledger_by by)
{
	*house = (struct house){.directory = "/tmp/smtpwatch-control-XXXXXX"};
	assert_non_null(mkdtemp(house->directory));
	snprintf(house->path, sizeof(house->path), "%s/control.sock", house->directory);
	house->options = (struct control_options){
		.path = house->path,
		.group = (gid_t)-1,
		.max_clients = 8,
		.client_bytes = 256 * 1024,
		.history_bytes = 256 * 1024,
	};
	house->hooks = (struct control_hooks){house_get_head, house_get_health, house_reload, house};
	fake_ledger_begin(by);
}

static inline void house_open(struct house *house)
{
	assert_int_equal(control_new(&house->options, &house->hooks, &fake_ledger, &house->control), 0);
	house->sinks = sinks_new();
	assert_non_null(house->sinks);
	assert_int_equal(control_add_sink(house->control, house->sinks), 0);
}

static inline void house_end(struct house *house)
{
	sinks_free(house->sinks);
	control_free(house->control);
	fake_ledger_end();
	assert_int_equal(access(house->path, F_OK), -1);
	assert_int_equal(rmdir(house->directory), 0);
}

/* One end of a connection. */
struct visitor {
	struct house *house;
	int fd;
	char *bytes; /* what was read and is no whole line yet, or a further one */
	size_t size;
	bool is_closed; /* by the server */
};

static inline int house_connect(const struct house *house)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, house->path, strlen(house->path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Serves until there is nothing more to do. */
static inline void house_settle(struct house *house)
{
	struct pollfd ready = {.fd = control_fd(house->control), .events = POLLIN};

	while (poll(&ready, 1, 0) == 1)
		control_serve(house->control);
}

static inline void house_tick(struct house *house, size_t count)
{
	while (count-- > 0)
		control_tick(house->control);
}

static inline void visitor_leave(struct visitor *visitor)
{
	free(visitor->bytes);
	close(visitor->fd);
	visitor->bytes = NULL;
	house_settle(visitor->house);
}

/* Reads what is there. */
static inline void visitor_read(struct visitor *visitor)
{
	visitor->bytes = (char *)realloc(visitor->bytes, visitor->size + 65536);
	assert_non_null(visitor->bytes);
	ssize_t size = recv(visitor->fd, visitor->bytes + visitor->size, 65536, MSG_DONTWAIT);
	if (size > 0)
		visitor->size += (size_t)size;
	else if (size == 0 || errno == ECONNRESET)
		visitor->is_closed = true;
	else
		assert_int_equal(errno, EAGAIN);
}

/* Serves until the visitor has something to read; fails where nothing happens for long. */
static inline void visitor_wait(struct visitor *visitor)
{
	struct pollfd ready[] = {{.fd = visitor->fd, .events = POLLIN},
				 {.fd = control_fd(visitor->house->control), .events = POLLIN}};

	assert_true(poll(ready, 2, PATIENCE_MS) > 0);
	if (ready[1].revents)
		control_serve(visitor->house->control);
	if (ready[0].revents)
		visitor_read(visitor);
}

/* The next message, which the caller owns; NULL: the server has closed the connection. */
static inline json_t *visitor_receive(struct visitor *visitor)
{
	char *end = NULL;

	while (!(end = visitor->size ? (char *)memchr(visitor->bytes, '\n', visitor->size) : NULL)) {
		if (visitor->is_closed) {
			assert_int_equal(visitor->size, 0);
			return NULL;
		}
		visitor_wait(visitor);
	}
	size_t length = (size_t)(end - visitor->bytes) + 1;
	assert_true(length <= PROTOCOL_ANSWER_MAX);
	json_t *message = json_loadb(visitor->bytes, length, JSON_REJECT_DUPLICATES, NULL);
	assert_true(json_is_object(message));
	visitor->size -= length;
	memmove(visitor->bytes, end + 1, visitor->size);
	return message;
}

static inline json_t *value_at(const json_t *object, const char *path)
{
	char name[64];
	json_t *value = (json_t *)(uintptr_t)object;

	while (value && *path) {
		size_t length = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		value = json_object_get(value, name);
		path += length + (path[length] == '.');
	}
	return value;
}

static inline void assert_text_at(const json_t *object, const char *path, const char *expected)
{
	const char *text = json_string_value(value_at(object, path));
	_cleanup_free_ char *shown = json_dumps(object, JSON_COMPACT);

	if (!text || strcmp(text, expected) != 0)
		fail_msg("%s is not %s in %s", path, expected, shown);
}

static inline void assert_number_at(const json_t *object, const char *path, json_int_t expected)
{
	const json_t *value = value_at(object, path);
	_cleanup_free_ char *shown = json_dumps(object, JSON_COMPACT);

	if (!json_is_integer(value) || json_integer_value(value) != expected)
		fail_msg("%s is not %lld in %s", path, (long long)expected, shown);
}

static inline void assert_json(const json_t *object, const char *expected)
{
	_cleanup_json_ json_t *wanted = json_loads(expected, JSON_REJECT_DUPLICATES, NULL);
	_cleanup_free_ char *shown = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);

	assert_non_null(wanted);
	if (!json_equal((json_t *)(uintptr_t)object, wanted))
		fail_msg("not as expected: %s", shown);
}

/* Connects, and takes the greeting. */
static inline struct visitor house_visit(struct house *house)
{
	struct visitor visitor = {.house = house, .fd = house_connect(house)};
	_cleanup_json_ json_t *greeting = visitor_receive(&visitor);

	assert_json(greeting, "{\"smtpwatch\":\"0.1.0\",\"protocol\":1,\"host\":\"web1\"}");
	return visitor;
}

/* Sends all of it, serving where it has no room; or until the server has closed the connection. */
static inline size_t visitor_send(struct visitor *visitor, const void *bytes, size_t size)
{
	size_t sent = 0;

	while (sent < size) {
		ssize_t count = send(visitor->fd, (const char *)bytes + sent, size - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (count > 0) {
			sent += (size_t)count;
			continue;
		}
		if (errno != EAGAIN)
			break;
		control_serve(visitor->house->control);
	}
	return sent;
}

static inline void visitor_say(struct visitor *visitor, const char *line)
{
	assert_int_equal(visitor_send(visitor, line, strlen(line)), strlen(line));
	assert_int_equal(visitor_send(visitor, "\n", 1), 1);
}

static inline json_t *visitor_ask(struct visitor *visitor, const char *line)
{
	visitor_say(visitor, line);
	return visitor_receive(visitor);
}

static inline void assert_refused(struct visitor *visitor, const char *line, const char *code, const char *message)
{
	_cleanup_json_ json_t *answer = visitor_ask(visitor, line);

	assert_text_at(answer, "error.code", code);
	assert_text_at(answer, "error.message", message);
}

/* Nothing is there to read, and nothing comes without more happening. */
static inline void assert_silent(struct visitor *visitor)
{
	house_settle(visitor->house);
	visitor_read(visitor);
	if (visitor->size > 0)
		fail_msg("something was said: %.*s", (int)visitor->size, visitor->bytes);
	assert_false(visitor->is_closed);
}

static inline void assert_closed(struct visitor *visitor)
{
	_cleanup_json_ json_t *message = visitor_receive(visitor);

	assert_null(message);
}

#endif
