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
#define BANNER "220 self-test\r\n"
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
	bool expects_words;
	bool is_greeted;
	uint16_t client_port;
	uint64_t heard_ns; /* after `called_ns`; 0: nothing was heard yet */
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
int self_test_open(struct self_test *self_test)
{
	int tried[PORTS_TRIED] = {-1, -1, -1, -1};
	int error = self_test->listener < 0 ? -EADDRINUSE : 0;

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

void self_test_expect_words(struct self_test *self_test, bool is_expected)
{
	self_test->expects_words = is_expected;
}

static const char *const complaints[] = {
	[SELF_TEST_UNANSWERED] = "a connection of its own was seen, but nothing answered it",
	[SELF_TEST_IMPOSSIBLE] = "no connection could be made to itself",
	[SELF_TEST_HALF_SEEN] = "a connection of its own was seen, but not what became of it",
	[SELF_TEST_UNHEARD] = "what was said on a connection of its own was not heard: what others say is not either",
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
	self_test->status.failures = is_seen || state == SELF_TEST_IMPOSSIBLE ? 0 : self_test->status.failures + 1;
	if (is_seen) {
		self_test->status.passed_wall_ns = clock_wall_ns();
		self_test->status.latency_ns = self_test->latency_ns;
		self_test->status.heard_ns = self_test->heard_ns;
	}
	say(self_test, before);
}

/* Lets go of whoever has connected, and greets the test's own connection before. */
static void let_go_of_callers(struct self_test *self_test)
{
	for (int i = 0; i < STRANGERS_MAX; i++) {
		struct sockaddr_in caller = {0};
		socklen_t size = sizeof(caller);
		_cleanup_close_ int fd =
			accept4(self_test->listener, (struct sockaddr *)&caller, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		if (self_test->client >= 0 && ntohs(caller.sin_port) == self_test->client_port)
			self_test->is_greeted = send(fd, BANNER, strlen(BANNER), MSG_NOSIGNAL) > 0;
	}
}

/* Ends the connection once it was greeted. The other end goes first, so that this one has no time to wait for, and its
 * end is seen at once. */
static void advance(struct self_test *self_test)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (self_test->client < 0 || getpeername(self_test->client, (struct sockaddr *)&address, &size) != 0)
		return;
	self_test->is_connected = true;
	let_go_of_callers(self_test);
	if (self_test->is_greeted)
		close_fd(&self_test->client);
}

static int call(struct self_test *self_test)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const struct sockaddr_in address = loopback(self_test->port);
	struct sockaddr_in own = {0};
	socklen_t size = sizeof(own);

	if (fd < 0 || (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 && errno != EINPROGRESS) ||
	    getsockname(fd, (struct sockaddr *)&own, &size) != 0)
		return -errno;
	self_test->client_port = ntohs(own.sin_port);
	self_test->client = TAKE_FD(fd);
	return 0;
}

static void begin_test(struct self_test *self_test, uint64_t time_ns)
{
	self_test->is_connected = self_test->is_attempted = self_test->is_established = self_test->is_ended = false;
	self_test->is_greeted = false;
	self_test->flow_id = self_test->latency_ns = self_test->heard_ns = 0;
	int error = self_test_open(self_test);
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
	if (!self_test->is_established || !self_test->is_ended)
		return SELF_TEST_HALF_SEEN;
	return self_test->expects_words && !self_test->heard_ns ? SELF_TEST_UNHEARD : SELF_TEST_PASSED;
}

/* As soon as all is there. */
static void end_if_passed(struct self_test *self_test)
{
	if (self_test->is_connected && judge(self_test) == SELF_TEST_PASSED)
		end_test(self_test, SELF_TEST_PASSED, 0, self_test->begun_ns);
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

static bool is_own(const struct self_test *self_test, const struct endpoint *remote)
{
	return self_test->port != 0 && remote->port == self_test->port && address_is_loopback(&remote->address);
}

bool self_test_take(struct self_test *self_test, const struct observation *observation)
{
	if (!is_own(self_test, &observation->remote))
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
	end_if_passed(self_test);
	return true;
}

bool self_test_take_dialogue(struct self_test *self_test, const struct dialogue_event *event)
{
	if (!is_own(self_test, &event->remote))
		return false;
	if (self_test->begun_ns == 0 || event->kind != DIALOGUE_BANNER || event->local.port != self_test->client_port)
		return true;
	self_test->heard_ns = clock_boot_ns() - self_test->called_ns;
	end_if_passed(self_test);
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
