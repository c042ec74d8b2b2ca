// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capture process: frames in, reports out. It keeps no packet waiting for the daemon: while the socket is full it
 * reads none, so that what is lost is lost, and counted, in the kernel.
 *
 * To be woken costs more than to read a packet. So each packet wakes it only while they come slowly; when they come
 * faster than one in REST_MS, it does not wait for the next one but for that time, and takes what has gathered.
 */
#include "capture/capture.h"
#include "capture/sandbox.h"
#include "capture/source.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define PROCESS_NAME "smtpw-capture" /* /proc/self/exe would be called "exe" */
#define BATCH 256                    /* frames between two looks at the socket */
#define TICK_NS NANOSECONDS_A_SECOND
#define REST_MS 1 /* an alert comes so much later at most */
#define REST_NS (REST_MS * (NANOSECONDS_A_SECOND / 1000))

enum { EXIT_DONE = 0, EXIT_FAILED = 1 };

struct process {
	struct source *source;
	struct dissector *dissector;
	int link_type;
	uint64_t next_tick_ns; /* CLOCK_BOOTTIME */
	uint64_t frame_ns;     /* wall time of the latest frame */
	uint64_t read_ns;      /* CLOCK_BOOTTIME of the latest batch that was not empty */
	bool has_more;         /* the last batch was full */
	bool rests;            /* packets come fast: the next batch is read after a rest, and none of them wakes */
	uint64_t unsent;       /* reports that no message can hold: a fault of this program, not to be fatal */
	struct capture_order order;
	size_t used;
	alignas(uint64_t) uint8_t message[REPORT_MESSAGE_SIZE];
};

/* Without what exit() would do: the sandbox forbids it, and nothing here needs it. */
static _Noreturn void end(int status)
{
	_exit(status);
}

/* ---- To the daemon */

/* Waits until the daemon has made room. It must not be polled for orders: they are for the loop. */
static void wait_for_room(void)
{
	struct pollfd room = {.fd = CAPTURE_SOCKET, .events = POLLOUT};

	if (poll(&room, 1, -1) < 0 && errno != EINTR)
		end(EXIT_FAILED);
	if (room.revents & (POLLHUP | POLLERR | POLLNVAL))
		end(EXIT_DONE);
}

static void flush(struct process *process)
{
	while (process->used > 0) {
		if (send(CAPTURE_SOCKET, process->message, process->used, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			process->used = 0;
		else if (errno == EAGAIN || errno == ENOBUFS)
			wait_for_room();
		else if (errno != EINTR)
			end(EXIT_DONE);
	}
}

static void emit(struct process *process, const struct report *report)
{
	int error = report_encode(report, process->message, &process->used);

	if (error == -ENOSPC) {
		flush(process);
		error = report_encode(report, process->message, &process->used);
	}
	if (error)
		process->unsent++;
}

static _Noreturn void fail(struct process *process, const char *sentence)
{
	const struct report report = {.kind = REPORT_FAILED, .text = sentence};

	emit(process, &report);
	flush(process);
	end(EXIT_FAILED);
}

static void take_dialogue(void *context, const struct dialogue_event *event)
{
	const struct report report = {.kind = REPORT_DIALOGUE, .dialogue = *event};
	emit(context, &report);
}

static void take_name(void *context, const struct name_event *event)
{
	const struct report report = {.kind = REPORT_NAME, .name = *event};
	emit(context, &report);
}

static void take_evidence(void *context, uint64_t wire_id, const struct frame *frame)
{
	struct process *process = context;
	const struct report report = {
		.kind = REPORT_EVIDENCE, .wire_id = wire_id, .link_type = process->link_type, .frame = *frame};
	emit(process, &report);
}

static const struct dissector_taker taker = {
	.dialogue = take_dialogue,
	.name = take_name,
	.evidence = take_evidence,
};

/* ---- From the daemon */

static struct source_filter filter_of(const struct capture_order *order)
{
	return (struct source_filter){
		.ports = order->scope.ports,
		.port_count = order->scope.port_count,
		.names = order->names,
		.off_port = order->off_port,
	};
}

/* 0, or -EAGAIN: there is none. Ends the process where the daemon is gone. */
static int receive_order(struct process *process)
{
	ssize_t size = recv(CAPTURE_SOCKET, &process->order, sizeof(process->order), MSG_DONTWAIT | MSG_TRUNC);

	if (size == (ssize_t)sizeof(process->order))
		return 0;
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	end(size == 0 || errno == ECONNRESET ? EXIT_DONE : EXIT_FAILED);
}

/* A filter that cannot be changed would go on with the old one in silence: the next life begins with the new one. */
static void take_scope(struct process *process)
{
	const struct source_filter filter = filter_of(&process->order);

	dissector_set_scope(process->dissector, &process->order.scope);
	int error = source_set_filter(process->source, &filter);
	if (error) {
		char sentence[128];
		snprintf(sentence, sizeof(sentence), "the packet filter cannot be changed: %s", strerror(-error));
		fail(process, sentence);
	}
}

static void take_order(struct process *process)
{
	if (receive_order(process) != 0)
		return;
	if (process->order.kind == CAPTURE_ORDER_SCOPE)
		take_scope(process);
	else if (process->order.kind == CAPTURE_ORDER_EVIDENCE)
		dissector_want_evidence(process->dissector, process->order.wire_id);
}

static void wait_for_scope(struct process *process)
{
	struct pollfd order = {.fd = CAPTURE_SOCKET, .events = POLLIN};

	do {
		if (poll(&order, 1, -1) < 0 && errno != EINTR)
			end(EXIT_FAILED);
	} while (receive_order(process) != 0 || process->order.kind != CAPTURE_ORDER_SCOPE);
}

/* ---- The loop */

static void take_frame(void *context, const struct frame *frame)
{
	struct process *process = context;

	process->frame_ns = frame->wall_ns;
	dissector_take(process->dissector, frame);
}

/* Decides on a rest by how fast the latest frames came. */
static void pace(struct process *process, unsigned int count)
{
	uint64_t now_ns = clock_boot_ns();

	process->rests = count > 0 && (now_ns - process->read_ns) / count < REST_NS;
	if (count > 0)
		process->read_ns = now_ns;
}

static void take_frames(struct process *process)
{
	struct source_error problem = {.message = "packets cannot be read any more"};

	int count = source_read(process->source, BATCH, take_frame, process, &problem);
	if (count < 0)
		fail(process, problem.message);
	process->has_more = count >= BATCH;
	pace(process, (unsigned int)count);
}

static uint64_t read_cpu_ns(void)
{
	struct timespec used = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * NANOSECONDS_A_SECOND + (uint64_t)used.tv_nsec;
}

static void emit_counts(struct process *process)
{
	struct report report = {.kind = REPORT_COUNTS};
	struct source_counts source;

	report.counts.dissector = dissector_counts(process->dissector);
	report.counts.dissector.malformed += process->unsent;
	report.counts.cpu_ns = read_cpu_ns();
	if (source_read_counts(process->source, &source) != 0)
		return;
	report.counts.received = source.received;
	report.counts.dropped = source.dropped;
	emit(process, &report);
}

/* While frames wait, the packets' time is that of the latest one: the wall's would be ahead of what was not yet read.
 */
static void tick(struct process *process, uint64_t now_ns)
{
	process->next_tick_ns = now_ns + TICK_NS;
	dissector_tick(process->dissector, process->has_more ? process->frame_ns : clock_wall_ns());
	emit_counts(process);
}

/* Milliseconds until the end of the rest or the next tick, rounded up. */
static int patience(const struct process *process, uint64_t now_ns)
{
	if (process->has_more || process->next_tick_ns <= now_ns)
		return 0;
	if (process->rests)
		return REST_MS;
	return (int)((process->next_tick_ns - now_ns + 999999) / 1000000);
}

static _Noreturn void run(struct process *process)
{
	struct pollfd fds[] = {
		{.fd = CAPTURE_SOCKET, .events = POLLIN},
		{.fd = source_fd(process->source), .events = POLLIN},
	};

	process->next_tick_ns = clock_boot_ns() + TICK_NS;
	for (;;) {
		fds[1].events = process->rests ? 0 : POLLIN;
		if (poll(fds, COUNT_OF(fds), patience(process, clock_boot_ns())) < 0 && errno != EINTR)
			end(EXIT_FAILED);
		if (fds[0].revents)
			take_order(process);
		if (fds[1].revents || process->rests || process->has_more)
			take_frames(process);
		uint64_t now_ns = clock_boot_ns();
		if (now_ns >= process->next_tick_ns)
			tick(process, now_ns);
		flush(process);
	}
}

/* ---- The start */

static void open_source(struct process *process)
{
	const struct source_filter filter = filter_of(&process->order);
	struct source_error problem = {.message = "packets cannot be captured"};

	if (source_open_live(process->order.sizes.buffer_bytes, &filter, &process->source, &problem) != 0)
		fail(process, problem.message);
	process->link_type = source_link_type(process->source);
}

static void open_dissector(struct process *process)
{
	process->dissector = dissector_new(process->link_type, process->order.sizes.max_streams, true, &taker, process);
	if (!process->dissector)
		fail(process, "not enough memory for the connections of max_streams");
	dissector_set_scope(process->dissector, &process->order.scope);
}

static void enter_sandbox(struct process *process)
{
	char sentence[128];

	int error = sandbox_enter(CAPTURE_SOCKET, source_fd(process->source));
	if (!error)
		return;
	snprintf(sentence, sizeof(sentence), "the sandbox cannot be entered: %s", strerror(-error));
	fail(process, sentence);
}

/* A service manager may be wrong about it, and so may somebody who tries the argument out. */
static bool is_order_socket(int fd)
{
	int domain = 0;
	int type = 0;
	socklen_t size = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
	       getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int capture_process_main(void)
{
	if (!is_order_socket(CAPTURE_SOCKET))
		return EXIT_FAILED;
	struct process *process = calloc(1, sizeof(*process));
	if (!process)
		return EXIT_FAILED;
	prctl(PR_SET_NAME, PROCESS_NAME, 0, 0, 0);
	wait_for_scope(process);
	open_source(process);
	open_dissector(process);
	enter_sandbox(process);
	const struct report ready = {.kind = REPORT_READY, .link_type = process->link_type};
	emit(process, &ready);
	flush(process);
	run(process);
}
