// SPDX-License-Identifier: GPL-2.0-only
/* Packets of an interface: the loopback of a network namespace of the test's own. */
#include "capture/source.h"

#include "lib/clock.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)
#define PATIENCE_MS 10000

static const uint16_t ports[] = {25};
static const struct source_filter filter = {.ports = ports, .port_count = 1};

static bool is_alone;

static bool raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = ioctl(fd, SIOCSIFFLAGS, &request);

	close(fd);
	return error == 0;
}

/* A user without privileges gets one with a user namespace, where the kernel allows that. */
static int set_up(void **state)
{
	(void)state;
	is_alone = (unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) && raise_loopback();
	return 0;
}

/* Nobody listens there: a segment that asks, and one that refuses. */
static void be_refused(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), -1);
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
}

static void count_frame(void *context, const struct frame *frame)
{
	int *count = context;

	assert_true(frame->size > 0 && frame->size <= frame->length);
	assert_true(frame->wall_ns <= clock_wall_ns() && frame->wall_ns + 60 * NANOSECONDS_A_SECOND > clock_wall_ns());
	(*count)++;
}

/* Reads until so many frames have come, or none comes any more. */
static int read_frames(struct source *source, int wanted)
{
	struct source_error error;
	int count = 0;

	while (count < wanted) {
		struct pollfd ready = {.fd = source_fd(source), .events = POLLIN};
		if (poll(&ready, 1, PATIENCE_MS) != 1 || source_read(source, 100, count_frame, &count, &error) < 0)
			break;
	}
	return count;
}

static void test_frames(void **state)
{
	const uint16_t others[] = {465, 587};
	const struct source_filter other = {.ports = others, .port_count = 2};
	struct source_counts counts;
	struct source_error error;
	struct source *source;
	int count = 0;

	(void)state;
	SKIP_UNLESS(is_alone, "no network namespace can be made here");
	assert_int_equal(source_open_live(BUFFER_BYTES, &filter, &source, &error), 0);
	assert_int_equal(source_read(source, 100, count_frame, &count, &error), 0);
	be_refused(26);
	be_refused(25);
	assert_int_equal(read_frames(source, 2), 2);
	assert_int_equal(source_read_counts(source, &counts), 0);
	assert_in_range(counts.received, 2, 4);
	assert_int_equal(counts.dropped, 0);

	/* From then on it is another port's. What was counted stays. */
	assert_int_equal(source_set_filter(source, &other), 0);
	be_refused(25);
	be_refused(587);
	assert_int_equal(read_frames(source, 2), 2);
	assert_int_equal(source_read(source, 100, count_frame, &count, &error), 0);
	assert_int_equal(source_read_counts(source, &counts), 0);
	assert_in_range(counts.received, 4, 8);
	source_close(source);
}

/* As a user who may not. */
static void test_no_permission(void **state)
{
	struct source_error error = {.message = ""};
	struct source *source = NULL;

	(void)state;
	SKIP_UNLESS(geteuid() == 0, "only root can become nobody");
	assert_int_equal(seteuid(65534), 0);
	int status = source_open_live(BUFFER_BYTES, &filter, &source, &error);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(status, -EPERM);
	assert_null(source);
	assert_non_null(strstr(error.message, "not allowed to capture packets"));
	assert_non_null(strstr(error.message, "CAP_NET_RAW"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_no_permission),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("source_live", tests, set_up, NULL);
}
