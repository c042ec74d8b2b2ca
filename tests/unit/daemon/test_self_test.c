// SPDX-License-Identifier: GPL-2.0-only
/* The self-test with what a kernel side could say of its connection, and with none that says anything. */
#include "daemon/self_test.h"
#include "lib/clock.h"
#include "support/log_capture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define SECOND NANOSECONDS_A_SECOND
#define START (1000 * SECOND)
#define PERIOD (60 * SECOND)
#define FLOW 4711

static struct {
	int answers[8]; /* to set_port(), one after the other */
	size_t asked;
	uint16_t port;
} kernel;

static uint16_t asked_port;

/* In place of libc's: the test's own connection may be over before anybody could look for its port. */
int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict size)
{
	long result = syscall(SYS_getsockname, fd, address, size);

	if (result == 0 && address->sa_family == AF_INET)
		asked_port = ntohs(((const struct sockaddr_in *)address)->sin_port);
	return (int)result;
}

static int set_port(void *context, uint16_t port)
{
	(void)context;
	int answer = kernel.answers[kernel.asked++];
	if (answer == 0)
		kernel.port = port;
	return answer;
}

static int set_up(void **state)
{
	const struct self_test_options options = {.period_ns = PERIOD, .set_port = set_port};

	memset(&kernel, 0, sizeof(kernel));
	*state = self_test_new(&options);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	self_test_free(*state);
	return 0;
}

static struct observation observation_of(enum observation_kind kind, uint64_t flow_id)
{
	const struct observation observation = {
		.kind = kind,
		.flow_id = flow_id,
		.remote = {.address = address_from_ipv4(&(uint32_t){htonl(INADDR_LOOPBACK)}), .port = kernel.port},
		.actor.pid = kind == OBSERVATION_ATTEMPT ? (uint32_t)getpid() : 0,
	};
	return observation;
}

static bool take(struct self_test *self_test, enum observation_kind kind)
{
	const struct observation observation = observation_of(kind, FLOW);
	return self_test_take(self_test, &observation);
}

static void take_all(struct self_test *self_test)
{
	assert_true(take(self_test, OBSERVATION_ATTEMPT));
	assert_true(take(self_test, OBSERVATION_ESTABLISHED));
	assert_true(take(self_test, OBSERVATION_END));
}

static enum self_test_state state_of(const struct self_test *self_test)
{
	return self_test_status(self_test).state;
}

static size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static void test_passes(void **state)
{
	struct self_test *self_test = *state;
	uint64_t before_ns = clock_wall_ns();

	assert_int_equal(self_test_port(self_test), 0);
	self_test_tick(self_test, START);
	assert_int_not_equal(self_test_port(self_test), 0);
	assert_int_equal(self_test_port(self_test), kernel.port);
	assert_int_equal(state_of(self_test), SELF_TEST_PENDING);
	take_all(self_test);
	const struct self_test_status status = self_test_status(self_test);
	assert_int_equal(status.state, SELF_TEST_PASSED);
	assert_int_equal(status.error, 0);
	assert_in_range(status.passed_wall_ns, before_ns, clock_wall_ns());
	assert_true(status.latency_ns > 0);
}

/* One port serves them all, each begins when it is due, and none leaves a descriptor behind, however it ends. */
static void test_goes_on(void **state)
{
	struct self_test *self_test = *state;
	uint64_t time_ns = START;

	self_test_tick(self_test, time_ns);
	take_all(self_test);
	size_t descriptors = count_descriptors();
	for (unsigned int i = 0; i < 20; i++) {
		time_ns += PERIOD;
		self_test_tick(self_test, time_ns - 1);
		take_all(self_test); /* of nothing: they are late, and go no further all the same */
		self_test_tick(self_test, time_ns);
		assert_true(take(self_test, OBSERVATION_ATTEMPT));
		time_ns += 3 * SECOND;
		self_test_tick(self_test, time_ns);
		assert_int_equal(state_of(self_test), SELF_TEST_HALF_SEEN);
		assert_int_equal(count_descriptors(), descriptors);

		time_ns += 5 * SECOND;
		self_test_tick(self_test, time_ns);
		take_all(self_test);
		assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
		assert_int_equal(count_descriptors(), descriptors);
	}
	assert_int_equal(kernel.asked, 1);
}

/* A shorter period holds from now on, not after the longer one is over. */
static void test_other_period(void **state)
{
	struct self_test *self_test = *state;

	self_test_tick(self_test, START);
	take_all(self_test);
	self_test_set(self_test, SECOND, NULL, 0);
	self_test_tick(self_test, START + SECOND);
	self_test_tick(self_test, START + 4 * SECOND);
	assert_int_equal(state_of(self_test), SELF_TEST_UNSEEN);
	self_test_tick(self_test, START + 5 * SECOND);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
}

static void test_unseen(void **state)
{
	struct self_test *self_test = *state;

	self_test_tick(self_test, START);
	self_test_tick(self_test, START + SECOND);
	self_test_tick(self_test, START + 3 * SECOND - 1);
	assert_int_equal(state_of(self_test), SELF_TEST_PENDING);
	self_test_tick(self_test, START + 3 * SECOND);
	assert_int_equal(state_of(self_test), SELF_TEST_UNSEEN);
	assert_int_equal(self_test_status(self_test).passed_wall_ns, 0);

	/* It is tried again soon, and what comes of the first one then counts for nothing. */
	self_test_tick(self_test, START + 8 * SECOND);
	const struct observation stale = observation_of(OBSERVATION_END, FLOW + 1);
	assert_true(self_test_take(self_test, &stale));
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
}

/* Once when it begins to fail, and once when it is over. */
static void test_log(void **state)
{
	struct self_test *self_test = *state;
	struct log_capture capture;

	log_capture_begin(&capture);
	for (unsigned int i = 0; i < 3; i++) {
		self_test_tick(self_test, START + 8 * i * SECOND);
		self_test_tick(self_test, START + (8 * i + 3) * SECOND);
	}
	for (unsigned int i = 0; i < 2; i++) {
		self_test_tick(self_test, START + 24 * SECOND + i * PERIOD);
		take_all(self_test);
	}
	assert_string_equal(log_capture_end(&capture),
			    "smtpwatchd: error: self-test: a connection of its own was not seen: connections of others "
			    "are not either\nsmtpwatchd: the self-test is passed again\n");
}

static void test_half_seen(void **state)
{
	struct self_test *self_test = *state;
	const struct observation others[] = {
		observation_of(OBSERVATION_ESTABLISHED, FLOW + 1),
		observation_of(OBSERVATION_END, FLOW + 1),
	};

	self_test_tick(self_test, START);
	assert_true(take(self_test, OBSERVATION_ATTEMPT));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		self_test_take(self_test, &others[i]);
	self_test_tick(self_test, START + 3 * SECOND);
	assert_int_equal(state_of(self_test), SELF_TEST_HALF_SEEN);
	assert_int_equal(self_test_status(self_test).passed_wall_ns, 0);
}

/* An attempt of somebody else is none of its own, and not handed on either. */
static void test_other_process(void **state)
{
	struct self_test *self_test = *state;

	self_test_tick(self_test, START);
	struct observation attempt = observation_of(OBSERVATION_ATTEMPT, FLOW);
	attempt.actor.pid++;
	assert_true(self_test_take(self_test, &attempt));
	take(self_test, OBSERVATION_ESTABLISHED);
	take(self_test, OBSERVATION_END);
	self_test_tick(self_test, START + 3 * SECOND);
	assert_int_equal(state_of(self_test), SELF_TEST_UNSEEN);
}

static void test_leaves_others_alone(void **state)
{
	struct self_test *self_test = *state;
	struct observation observation = observation_of(OBSERVATION_ATTEMPT, FLOW);

	assert_false(self_test_take(self_test, &observation));
	self_test_tick(self_test, START);
	observation = observation_of(OBSERVATION_ATTEMPT, FLOW);
	observation.remote.port ^= 1;
	assert_false(self_test_take(self_test, &observation));
	observation = observation_of(OBSERVATION_ATTEMPT, FLOW);
	observation.remote.address = address_from_ipv4(&(uint32_t){htonl(0xcb007119)});
	assert_false(self_test_take(self_test, &observation));
	observation = (struct observation){.kind = OBSERVATION_COUNTERS};
	assert_false(self_test_take(self_test, &observation));
}

static void test_watched_port_is_not_taken(void **state)
{
	struct self_test *self_test = *state;

	kernel.answers[0] = kernel.answers[1] = -EADDRINUSE;
	self_test_tick(self_test, START);
	assert_int_equal(kernel.asked, 3);
	assert_int_equal(self_test_port(self_test), kernel.port);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);

	/* From now on its port is watched. */
	const uint16_t old = kernel.port;
	self_test_set(self_test, PERIOD, (const uint16_t[]){25, old}, 2);
	assert_int_equal(self_test_port(self_test), 0);
	const struct observation observation = observation_of(OBSERVATION_ATTEMPT, FLOW);
	assert_false(self_test_take(self_test, &observation));
	self_test_tick(self_test, START + SECOND);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
}

static void test_no_port(void **state)
{
	struct self_test *self_test = *state;
	size_t descriptors = count_descriptors();

	for (size_t i = 0; i < 4; i++)
		kernel.answers[i] = -EADDRINUSE;
	self_test_tick(self_test, START);
	assert_int_equal(state_of(self_test), SELF_TEST_IMPOSSIBLE);
	assert_int_equal(self_test_status(self_test).error, EADDRINUSE);
	assert_int_equal(self_test_port(self_test), 0);
	assert_int_equal(count_descriptors(), descriptors);
	self_test_tick(self_test, START + 4 * SECOND);
	assert_int_equal(kernel.asked, 4);
	self_test_tick(self_test, START + 5 * SECOND);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
}

static void test_no_descriptor(void **state)
{
	struct self_test *self_test = *state;
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	const struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	self_test_tick(self_test, START);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(state_of(self_test), SELF_TEST_IMPOSSIBLE);
	assert_int_equal(self_test_status(self_test).error, EMFILE);

	self_test_tick(self_test, START + 5 * SECOND);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
	assert_int_equal(self_test_status(self_test).error, 0);
}

static struct dialogue_event said(enum dialogue_event_kind kind, uint16_t client_port)
{
	const struct dialogue_event event = {
		.kind = kind,
		.wire_id = 1,
		.local = {.address = address_from_ipv4(&(uint32_t){htonl(INADDR_LOOPBACK)}), .port = client_port},
		.remote = {.address = address_from_ipv4(&(uint32_t){htonl(INADDR_LOOPBACK)}), .port = kernel.port},
	};
	return event;
}

/* It is passed when both have told of it, whoever comes first. */
static void test_words(void **state)
{
	struct self_test *self_test = *state;

	self_test_expect_words(self_test, true);
	self_test_tick(self_test, START);
	const struct dialogue_event banner = said(DIALOGUE_BANNER, asked_port);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PENDING);
	assert_true(self_test_take_dialogue(self_test, &banner));
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
	assert_true(self_test_status(self_test).heard_ns > 0);

	self_test_tick(self_test, START + PERIOD);
	const struct dialogue_event next = said(DIALOGUE_BANNER, asked_port);
	assert_true(self_test_take_dialogue(self_test, &next));
	take_all(self_test);
	assert_int_equal(self_test_status(self_test).failures, 0);
	self_test_tick(self_test, START + PERIOD + 3 * SECOND);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
}

/* Neither what others say to its port, nor anything but the greeting, is what it waits for. */
static void test_unheard(void **state)
{
	struct self_test *self_test = *state;

	self_test_expect_words(self_test, true);
	self_test_tick(self_test, START);
	const struct dialogue_event others[] = {
		said(DIALOGUE_BANNER, (uint16_t)(asked_port ^ 1)),
		said(DIALOGUE_OPENED, asked_port),
	};
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_true(self_test_take_dialogue(self_test, &others[i]));
	take_all(self_test);
	self_test_tick(self_test, START + 3 * SECOND);
	assert_int_equal(state_of(self_test), SELF_TEST_UNHEARD);
	assert_int_equal(self_test_status(self_test).failures, 1);
	self_test_tick(self_test, START + 8 * SECOND);
	take_all(self_test);
	self_test_tick(self_test, START + 11 * SECOND);
	assert_int_equal(self_test_status(self_test).failures, 2);
	self_test_expect_words(self_test, false);
	self_test_tick(self_test, START + 16 * SECOND);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
	assert_int_equal(self_test_status(self_test).failures, 0);
}

static void test_leaves_other_words_alone(void **state)
{
	struct self_test *self_test = *state;

	self_test_tick(self_test, START);
	struct dialogue_event event = said(DIALOGUE_BANNER, 40000);
	event.remote.port ^= 1;
	assert_false(self_test_take_dialogue(self_test, &event));
	event = said(DIALOGUE_BANNER, 40000);
	event.remote.address = address_from_ipv4(&(uint32_t){htonl(0xcb007119)});
	assert_false(self_test_take_dialogue(self_test, &event));
}

/* The port is there before the first test, for whoever has to listen to it. */
static void test_opened_before(void **state)
{
	struct self_test *self_test = *state;

	assert_int_equal(self_test_open(self_test), 0);
	uint16_t port = self_test_port(self_test);
	assert_int_not_equal(port, 0);
	assert_int_equal(self_test_open(self_test), 0);
	self_test_tick(self_test, START);
	assert_int_equal(self_test_port(self_test), port);
	assert_int_equal(kernel.asked, 1);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
}

/* Whoever connects to the port and stays is let go of, and does not keep the test from being passed. */
static void test_strangers(void **state)
{
	struct self_test *self_test = *state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int strangers[3];
	char byte;

	self_test_tick(self_test, START);
	take_all(self_test);
	size_t descriptors = count_descriptors();
	address.sin_port = htons(kernel.port);
	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) {
		strangers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(strangers[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
	self_test_tick(self_test, START + PERIOD);
	take_all(self_test);
	assert_int_equal(state_of(self_test), SELF_TEST_PASSED);
	for (size_t i = 0; i < ARRAY_SIZE(strangers); i++) { /* they are not greeted */
		assert_int_equal(read(strangers[i], &byte, 1), 0);
		close(strangers[i]);
	}
	assert_int_equal(count_descriptors(), descriptors);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_passes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_period, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unseen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_log, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_half_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_process, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leaves_others_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_watched_port_is_not_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_port, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_descriptor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unheard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leaves_other_words_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_opened_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strangers, set_up, tear_down),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("self_test", tests, NULL, NULL);
}
