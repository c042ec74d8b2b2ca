// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/self_test.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define PATIENCE_NS (3 * NANOSECONDS_A_SECOND) /* what is recorded is handed out once a second at the latest */
#define RETRY_NS (5 * NANOSECONDS_A_SECOND)    /* after one that was not passed, where the period is longer */
#define PORTS_TRIED 4
#define BACKLOG 4
#define STRANGERS_MAX 16 /* others may connect to the port, too; so many are let go of at a time */

struct self_test {
	struct self_test_options options;
	struct self_test_status status;
	int listener; /* -1: none yet */
	int client;   /* -1: none, or it is closed already */
	uint16_t port;
	uint64_t next_ns;
	uint64_t begun_ns; /* CLOCK_BOOTTIME by self_test_tick(); 0: no test is under way */
	uint64_t called_ns;
	uint64_t latency_ns;
	uint64_t flow_id; /* of the one under way, from its attempt on */
	bool is_connected;
	bool is_attempted;
	bool is_established;
	bool is_ended;
};

struct self_test *self_test_new(const struct self_test_options *options)
{
	struct self_test *self_test = calloc(1, sizeof(*self_test));

	if (!self_test)
		return NULL;
	self_test->options = *options;
	self_test->listener = self_test->client = -1;
	return self_test;
}

static void close_fd(int *fd)
{
	cleanup_close(fd);
	*fd = -1;
}

void self_test_free(struct self_test *self_test)
{
	if (!self_test)
		return;
	close_fd(&self_test->client);
	close_fd(&self_test->listener);
	free(self_test);
}

static struct sockaddr_in loopback(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	return address;
}

static int listen_anywhere(int *ret_fd, uint16_t *ret_port)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof(address);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, BACKLOG) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) != 0)
		return -errno;
	*ret_port = ntohs(address.sin_port);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* One port serves all tests. */
static int open_listener(struct self_test *self_test)
{
	int tried[PORTS_TRIED] = {-1, -1, -1, -1};
	int error = -EADDRINUSE;

	/* Those that are watched stay bound meanwhile, or the kernel could give one of them again. */
	for (size_t i = 0; i < COUNT_OF(tried) && error == -EADDRINUSE; i++) {
		error = listen_anywhere(&tried[i], &self_test->port);
		if (!error)
			error = self_test->options.set_port(self_test->options.context, self_test->port);
		if (!error)
			self_test->listener = TAKE_FD(tried[i]);
	}
	for (size_t i = 0; i < COUNT_OF(tried); i++)
		cleanup_close(&tried[i]);
	if (error)
		self_test->port = 0;
	return error;
}

static const char *const complaints[] = {
	[SELF_TEST_UNANSWERED] = "a connection of its own was seen, but nothing answered it",
	[SELF_TEST_IMPOSSIBLE] = "no connection could be made to itself",
	[SELF_TEST_HALF_SEEN] = "a connection of its own was seen, but not what became of it",
	[SELF_TEST_UNSEEN] = "a connection of its own was not seen: connections of others are not either",
};
static_assert(COUNT_OF(complaints) == SELF_TEST_STATE_COUNT, "a complaint for each that is none");

/* Says what has changed, once. */
static void say(const struct self_test *self_test, enum self_test_state before)
{
	const struct self_test_status *status = &self_test->status;

	if (status->state == before)
		return;
	if (status->state == SELF_TEST_PASSED && before != SELF_TEST_PENDING)
		log_notice("the self-test is passed again");
	else if (status->state == SELF_TEST_IMPOSSIBLE)
		log_warning("self-test: %s: %s", complaints[status->state], strerror(status->error));
	else if (complaints[status->state])
		log_error("self-test: %s", complaints[status->state]);
}

static void end_test(struct self_test *self_test, enum self_test_state state, int error, uint64_t time_ns)
{
	const enum self_test_state before = self_test->status.state;
	const bool is_seen = state == SELF_TEST_PASSED || state == SELF_TEST_UNANSWERED;
	const uint64_t period_ns = self_test->options.period_ns;

	close_fd(&self_test->client);
	self_test->begun_ns = 0;
	self_test->next_ns = time_ns + (is_seen || period_ns < RETRY_NS ? period_ns : RETRY_NS);
	self_test->status.state = state;
	self_test->status.error = error;
	if (is_seen) {
		self_test->status.passed_wall_ns = clock_wall_ns();
		self_test->status.latency_ns = self_test->latency_ns;
	}
	say(self_test, before);
}

/* Lets go of whoever has connected. Returns whether anyone had. */
static bool let_go_of_callers(const struct self_test *self_test)
{
	bool had_any = false;

	for (int i = 0; i < STRANGERS_MAX; i++) {
		_cleanup_close_ int fd = accept4(self_test->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		had_any = true;
	}
	return had_any;
}

/* Ends the connection once both of its ends are there. The other end goes first, so that this one has no time to wait
 * for, and its end is seen at once. */
static void advance(struct self_test *self_test)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (self_test->client < 0 || getpeername(self_test->client, (struct sockaddr *)&address, &size) != 0)
		return;
	self_test->is_connected = true;
	if (let_go_of_callers(self_test))
		close_fd(&self_test->client);
}

static int call(struct self_test *self_test)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const struct sockaddr_in address = loopback(self_test->port);

	if (fd < 0 || (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 && errno != EINPROGRESS))
		return -errno;
	self_test->client = TAKE_FD(fd);
	return 0;
}

static void begin_test(struct self_test *self_test, uint64_t time_ns)
{
	self_test->is_connected = self_test->is_attempted = self_test->is_established = self_test->is_ended = false;
	self_test->flow_id = self_test->latency_ns = 0;
	int error = self_test->listener < 0 ? open_listener(self_test) : 0;
	if (!error) {
		let_go_of_callers(self_test);
		self_test->begun_ns = time_ns;
		self_test->called_ns = clock_boot_ns();
		error = call(self_test);
	}
	if (error)
		end_test(self_test, SELF_TEST_IMPOSSIBLE, -error, time_ns);
	else
		advance(self_test);
}

static enum self_test_state judge(const struct self_test *self_test)
{
	if (!self_test->is_attempted)
		return SELF_TEST_UNSEEN;
	if (!self_test->is_connected)
		return SELF_TEST_UNANSWERED;
	return self_test->is_established && self_test->is_ended ? SELF_TEST_PASSED : SELF_TEST_HALF_SEEN;
}

void self_test_tick(struct self_test *self_test, uint64_t time_ns)
{
	if (self_test->begun_ns == 0) {
		if (time_ns >= self_test->next_ns)
			begin_test(self_test, time_ns);
		return;
	}
	advance(self_test);
	if (time_ns - self_test->begun_ns >= PATIENCE_NS)
		end_test(self_test, judge(self_test), 0, time_ns);
}

static bool is_own(const struct self_test *self_test, const struct observation *observation)
{
	return self_test->port != 0 && observation->remote.port == self_test->port &&
	       address_is_loopback(&observation->remote.address);
}

bool self_test_take(struct self_test *self_test, const struct observation *observation)
{
	if (!is_own(self_test, observation))
		return false;
	/* What comes later than its test is of no use any more. */
	if (self_test->begun_ns == 0)
		return true;
	if (observation->kind == OBSERVATION_ATTEMPT && observation->actor.pid == (uint32_t)getpid()) {
		self_test->is_attempted = true;
		self_test->flow_id = observation->flow_id;
		self_test->latency_ns = clock_boot_ns() - self_test->called_ns;
	} else if (self_test->is_attempted && observation->flow_id == self_test->flow_id) {
		self_test->is_established |= observation->kind == OBSERVATION_ESTABLISHED;
		self_test->is_ended |= observation->kind == OBSERVATION_END;
	}
	if (self_test->is_connected && judge(self_test) == SELF_TEST_PASSED)
		end_test(self_test, SELF_TEST_PASSED, 0, self_test->begun_ns);
	return true;
}

void self_test_set(struct self_test *self_test, uint64_t period_ns, const uint16_t *ports, size_t count)
{
	self_test->options.period_ns = period_ns;
	self_test->next_ns = 0;
	for (size_t i = 0; i < count; i++)
		if (ports[i] == self_test->port && self_test->port != 0) {
			close_fd(&self_test->client);
			close_fd(&self_test->listener);
			self_test->begun_ns = self_test->port = 0;
		}
}

struct self_test_status self_test_status(const struct self_test *self_test)
{
	return self_test->status;
}

uint16_t self_test_port(const struct self_test *self_test)
{
	return self_test->port;
}
