// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capture process's own part: orders, reports, ticks, and what it does when there is no room. Where packets come
 * from, what is made of them and the sandbox are replaced: a frame is a byte of a pipe, and each is told as an event.
 */
#include "capture/capture.h"

#include "capture/sandbox.h"
#include "capture/source.h"
#include "lib/clock.h"
#include "support/counted_exit.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- Instead of libpcap, the dissector and the sandbox */

enum { WORKS = 25, NO_SOURCE, NO_DISSECTOR, NO_SANDBOX, NO_FILTER, NO_READ, MANY_EVENTS };

static int frames; /* the pipe's reading end, in the process */
static int mode;
static uint64_t taken;
static bool ticked;
static const struct dissector_taker *taker;
static void *taker_context;

int source_open_live(size_t buffer_bytes, const struct source_filter *filter, struct source **ret_source,
		     struct source_error *ret_error)
{
	mode = filter->ports[0];
	if (mode == NO_SOURCE || buffer_bytes != 4096) {
		snprintf(ret_error->message, sizeof(ret_error->message), "no permission");
		return -EPERM;
	}
	*ret_source = (struct source *)&frames;
	return 0;
}

int source_open_file(const char *path, struct source **ret_source, struct source_error *ret_error)
{
	(void)path;
	(void)ret_source;
	(void)ret_error;
	return -ENOSYS;
}

void source_close(struct source *source)
{
	(void)source;
}

int source_set_filter(struct source *source, const struct source_filter *filter)
{
	(void)source;
	return filter->ports[0] == NO_FILTER ? -EINVAL : 0;
}

int source_link_type(const struct source *source)
{
	(void)source;
	return 276;
}

int source_fd(const struct source *source)
{
	(void)source;
	return frames;
}

int source_read(struct source *source, int limit, frame_taker take, void *context, struct source_error *ret_error)
{
	uint8_t bytes[1024];

	(void)source;
	if (mode == NO_READ) {
		snprintf(ret_error->message, sizeof(ret_error->message), "the interfaces are gone");
		return -ENETDOWN;
	}
	ssize_t count = read(frames, bytes, limit < 1024 ? (size_t)limit : 1024);
	for (ssize_t i = 0; i < count; i++) {
		const struct frame frame = {.wall_ns = taken + 1, .bytes = &bytes[i], .size = 1, .length = 1};
		take(context, &frame);
	}
	return count > 0 ? (int)count : 0;
}

int source_read_counts(struct source *source, struct source_counts *ret_counts)
{
	(void)source;
	*ret_counts = (struct source_counts){.received = taken, .dropped = 7};
	return 0;
}

int source_filter_text(const struct source_filter *filter, char *text, size_t size)
{
	(void)filter;
	snprintf(text, size, "none");
	return 0;
}

struct dissector *dissector_new(int link_type, size_t max_streams, bool is_live, const struct dissector_taker *given,
				void *context)
{
	taker = given;
	taker_context = context;
	if (mode == NO_DISSECTOR || link_type != 276 || max_streams != 10 || !is_live)
		return NULL;
	return (struct dissector *)&taken;
}

void dissector_free(struct dissector *dissector)
{
	(void)dissector;
}

void dissector_set_scope(struct dissector *dissector, const struct dissector_scope *scope)
{
	(void)dissector;
	mode = scope->ports[0];
}

void dissector_take(struct dissector *dissector, const struct frame *frame)
{
	const struct dialogue_event event = {
		.kind = DIALOGUE_HELO, .wire_id = ++taken, .wall_ns = frame->wall_ns, .name = "client.example.com"};

	(void)dissector;
	for (int i = 0; i < (mode == MANY_EVENTS ? 3000 : 1); i++)
		taker->dialogue(taker_context, &event);
}

void dissector_tick(struct dissector *dissector, uint64_t wall_ns)
{
	const struct name_event event = {.kind = NAME_ADDRESS, .wall_ns = wall_ns, .owner = "tick"};

	(void)dissector;
	if (!ticked)
		taker->name(taker_context, &event);
	ticked = true;
}

void dissector_want_evidence(struct dissector *dissector, uint64_t wire_id)
{
	const struct frame frame = {.wall_ns = 1, .bytes = (const uint8_t *)"frame", .size = 5, .length = 5};

	(void)dissector;
	taker->evidence(taker_context, wire_id, &frame);
}

struct dissector_counts dissector_counts(const struct dissector *dissector)
{
	(void)dissector;
	return (struct dissector_counts){.frames = taken, .streams = 3};
}

int sandbox_enter(int socket, int packets)
{
	if (socket != CAPTURE_SOCKET || packets != frames)
		return -EBADF;
	return mode == NO_SANDBOX ? -EPERM : 0;
}

/* ---- The daemon's side */

struct child {
	pid_t pid;
	int socket;
	int frames; /* the pipe's writing end */
	alignas(8) uint8_t message[REPORT_MESSAGE_SIZE];
	size_t size;
	size_t at;
};

static void begin(struct child *child)
{
	int ends[2];
	int pipe_ends[2];

	memset(child, 0, sizeof(*child));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	assert_int_equal(pipe2(pipe_ends, O_NONBLOCK), 0);
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (child->pid == 0) {
		frames = fcntl(pipe_ends[0], F_DUPFD, 20);
		int socket = fcntl(ends[1], F_DUPFD, 20);
		for (int fd = CAPTURE_SOCKET; fd < 20; fd++)
			close(fd);
		dup2(socket, CAPTURE_SOCKET);
		close(socket);
		_exit(capture_process_main());
	}
	close(ends[1]);
	close(pipe_ends[0]);
	child->socket = ends[0];
	child->frames = pipe_ends[1];
}

static void order(struct child *child, enum capture_order_kind kind, uint64_t wire_id, int port)
{
	const struct capture_order order = {.kind = kind,
					    .wire_id = wire_id,
					    .sizes = {.buffer_bytes = 4096, .max_streams = 10},
					    .scope = {.ports = {(uint16_t)port}, .port_count = 1}};

	assert_int_equal(send(child->socket, &order, sizeof(order), MSG_NOSIGNAL), sizeof(order));
}

/* The next report, whatever it is; false where the process has ended. */
static bool next(struct child *child, struct report *ret_report)
{
	struct pollfd wait = {.fd = child->socket, .events = POLLIN};
	size_t size;

	if (child->at == child->size) {
		assert_int_equal(poll(&wait, 1, 20000), 1);
		ssize_t got = recv(child->socket, child->message, sizeof(child->message), MSG_TRUNC);
		if (got <= 0)
			return false;
		assert_true((size_t)got <= sizeof(child->message));
		child->size = (size_t)got;
		child->at = 0;
	}
	assert_int_equal(report_decode(child->message + child->at, child->size - child->at, ret_report, &size), 0);
	child->at += size;
	return true;
}

/* The next one of a kind; counts and ticks come when they will. */
static struct report expect(struct child *child, enum report_kind kind)
{
	struct report report;

	do
		assert_true(next(child, &report));
	while (report.kind != kind);
	return report;
}

static int status_of(struct child *child)
{
	int status;

	close(child->socket);
	close(child->frames);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void write_frames(struct child *child, size_t count)
{
	static const uint8_t bytes[4096];

	assert_int_equal(write(child->frames, bytes, count), count);
}

static void begin_well(struct child *child, int behaviour)
{
	begin(child);
	order(child, CAPTURE_ORDER_SCOPE, 0, behaviour);
	assert_int_equal(expect(child, REPORT_READY).link_type, 276);
}

/* ---- The tests */

static void test_it_waits_for_its_first_scope(void **state)
{
	static struct child child;

	(void)state;
	begin(&child);
	order(&child, CAPTURE_ORDER_EVIDENCE, 5, NO_SOURCE);
	order(&child, CAPTURE_ORDER_SCOPE, 0, WORKS);
	struct report report;
	assert_true(next(&child, &report));
	assert_int_equal(report.kind, REPORT_READY);
	assert_int_equal(status_of(&child), 0);
}

static void test_it_ends_with_the_daemon_before_it_began(void **state)
{
	static struct child child;

	(void)state;
	begin(&child);
	assert_int_equal(status_of(&child), 0);
}

static void test_frames_become_reports_at_once(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, WORKS);
	write_frames(&child, 1);
	struct report report = expect(&child, REPORT_DIALOGUE);
	assert_int_equal(report.dialogue.wire_id, 1);
	assert_string_equal(report.dialogue.name, "client.example.com");
	write_frames(&child, 2);
	assert_int_equal(expect(&child, REPORT_DIALOGUE).dialogue.wire_id, 2);
	assert_int_equal(expect(&child, REPORT_DIALOGUE).dialogue.wire_id, 3);
	assert_int_equal(status_of(&child), 0);
}

static void test_orders(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, WORKS);
	order(&child, CAPTURE_ORDER_EVIDENCE, 99, 0);
	const struct report report = expect(&child, REPORT_EVIDENCE);
	assert_int_equal(report.wire_id, 99);
	assert_int_equal(report.link_type, 276);
	assert_memory_equal(report.frame.bytes, "frame", 5);
	order(&child, CAPTURE_ORDER_SCOPE, 0, NO_READ); /* is known to the dissector, as its frames show */
	write_frames(&child, 1);
	assert_string_equal(expect(&child, REPORT_FAILED).text, "the interfaces are gone");
	assert_int_equal(status_of(&child), 1);
}

static void fails(int behaviour, const char *text)
{
	static struct child child;
	struct report report;

	begin(&child);
	order(&child, CAPTURE_ORDER_SCOPE, 0, behaviour);
	assert_true(next(&child, &report));
	assert_int_equal(report.kind, REPORT_FAILED);
	assert_non_null(strstr(report.text, text));
	assert_false(next(&child, &report));
	assert_int_equal(status_of(&child), 1);
}

static void test_it_says_why_it_cannot_begin(void **state)
{
	(void)state;
	fails(NO_SOURCE, "no permission");
	fails(NO_DISSECTOR, "not enough memory");
	fails(NO_SANDBOX, "sandbox cannot be entered: Operation not permitted");
}

static void test_a_filter_that_cannot_be_changed_is_its_end(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, WORKS);
	order(&child, CAPTURE_ORDER_SCOPE, 0, NO_FILTER);
	assert_non_null(strstr(expect(&child, REPORT_FAILED).text, "filter cannot be changed"));
	assert_int_equal(status_of(&child), 1);
}

/* Half an order is a fault of the other side, which is this program too. */
static void test_an_order_of_another_size_is_its_end(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, WORKS);
	assert_int_equal(send(child.socket, "x", 1, 0), 1);
	assert_int_equal(status_of(&child), 1);
}

static void test_counts_and_ticks_come_by_themselves(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, WORKS);
	write_frames(&child, 3);
	const uint64_t tick_ns = expect(&child, REPORT_NAME).name.wall_ns;
	const uint64_t now_ns = clock_wall_ns();
	assert_true(tick_ns <= now_ns && now_ns - tick_ns < 100 * NANOSECONDS_A_SECOND);
	const struct report report = expect(&child, REPORT_COUNTS);
	assert_int_equal(report.counts.dissector.frames, 3);
	assert_int_equal(report.counts.received, 3);
	assert_int_equal(report.counts.dropped, 7);
	assert_int_equal(report.counts.dissector.streams, 3);
	assert_true(report.counts.cpu_ns > 0);
	assert_int_equal(status_of(&child), 0);
}

/* Writes frames until the process reads no more of them: the pipe stays full. Returns how many. */
static size_t fill(struct child *child)
{
	static const uint8_t bytes[4096];
	struct pollfd room = {.fd = child->frames, .events = POLLOUT};
	size_t written = 0;

	while (poll(&room, 1, 500) == 1) {
		ssize_t count = write(child->frames, bytes, sizeof(bytes));
		assert_true(count > 0);
		written += (size_t)count;
	}
	return written;
}

static void test_without_room_it_reads_nothing_and_loses_nothing(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, WORKS);
	size_t written = fill(&child);
	for (uint64_t i = 1; i <= written; i++)
		assert_int_equal(expect(&child, REPORT_DIALOGUE).dialogue.wire_id, i);
	order(&child, CAPTURE_ORDER_EVIDENCE, 5, 0);
	expect(&child, REPORT_EVIDENCE);
	assert_int_equal(status_of(&child), 0);
}

static void test_it_ends_with_the_daemon_while_it_waits_for_room(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, WORKS);
	fill(&child);
	assert_int_equal(status_of(&child), 0);
}

/* One frame may come to more than a message has. */
static void test_a_full_message_is_followed_by_another(void **state)
{
	static struct child child;

	(void)state;
	begin_well(&child, MANY_EVENTS);
	write_frames(&child, 2);
	for (uint64_t i = 0; i < 6000; i++)
		assert_int_equal(expect(&child, REPORT_DIALOGUE).dialogue.wire_id, 1 + i / 3000);
	assert_int_equal(status_of(&child), 0);
}

static int status_with(int descriptor)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		close(CAPTURE_SOCKET);
		if (descriptor >= 0)
			dup2(descriptor, CAPTURE_SOCKET);
		_exit(capture_process_main());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_it_begins_with_a_socket_for_orders_only(void **state)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(status_with(-1), 1);
	assert_int_equal(status_with(null), 1);
	assert_int_equal(status_with(stream), 1);
	assert_int_equal(status_with(other), 1);
	close(null);
	close(stream);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_waits_for_its_first_scope),
		cmocka_unit_test(test_it_ends_with_the_daemon_before_it_began),
		cmocka_unit_test(test_frames_become_reports_at_once),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_it_says_why_it_cannot_begin),
		cmocka_unit_test(test_a_filter_that_cannot_be_changed_is_its_end),
		cmocka_unit_test(test_an_order_of_another_size_is_its_end),
		cmocka_unit_test(test_counts_and_ticks_come_by_themselves),
		cmocka_unit_test(test_without_room_it_reads_nothing_and_loses_nothing),
		cmocka_unit_test(test_it_ends_with_the_daemon_while_it_waits_for_room),
		cmocka_unit_test(test_a_full_message_is_followed_by_another),
		cmocka_unit_test(test_it_begins_with_a_socket_for_orders_only),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
