// SPDX-License-Identifier: GPL-2.0-only
#include "capture/capture.h"

#include "capture/launch.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdalign.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define MESSAGES_A_READ 16 /* a mebibyte at most; then the daemon looks at what else there is */
#define WISHES_MAX 64      /* for evidence, that the socket has no room for */
#define PAUSE_MAX 60       /* seconds; a life of this length makes the next pause short again */
#define SILENCE_MAX 60     /* ticks; counts come every second */

struct capture {
	struct capture_options options;
	const struct capture_taker *taker;
	void *context;
	int epoll;
	int socket; /* -1: there is no process, or nothing is expected of it any more */
	int pidfd;  /* -1: there is no process, or it is the service manager's */
	enum capture_state state;
	uint64_t started_ns; /* CLOCK_BOOTTIME, as the next one */
	uint64_t retry_ns;
	unsigned int pause; /* seconds, the latest */
	unsigned int silence;
	uint64_t restarts;
	const char *why_ended; /* by this side; NULL: it was not */
	bool said_why;         /* it said itself why it ends */
	bool is_missed;        /* the log says that it does not run */
	char told[512];        /* what it could not do, when that was last told */
	struct report_counts past;
	struct report_counts current;
	struct capture_order scope;
	bool scope_waits;
	bool waits_for_room;       /* the epoll set says so */
	struct capture_order wish; /* all zero but kind and wire_id */
	uint64_t wishes[WISHES_MAX];
	size_t wish_count;
	uint64_t wishes_refused;
	alignas(uint64_t) uint8_t message[REPORT_MESSAGE_SIZE];
};

static int watch(struct capture *capture, int operation, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	return epoll_ctl(capture->epoll, operation, fd, &event) == 0 ? 0 : -errno;
}

/* Closing takes it out of the epoll set too: there is no other descriptor of it. */
static void close_fd(int *fd)
{
	cleanup_close(fd);
	*fd = -1;
}

/* ---- Orders */

/* True where it is on its way, or there is nobody to take it any more. */
static bool send_order(const struct capture *capture, const struct capture_order *order)
{
	ssize_t sent = send(capture->socket, order, sizeof(*order), MSG_NOSIGNAL | MSG_DONTWAIT);
	return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS && errno != EINTR);
}

static void send_wishes(struct capture *capture)
{
	size_t sent = 0;

	for (; sent < capture->wish_count; sent++) {
		capture->wish.wire_id = capture->wishes[sent];
		if (!send_order(capture, &capture->wish))
			break;
	}
	capture->wish_count -= sent;
	memmove(capture->wishes, capture->wishes + sent, capture->wish_count * sizeof(capture->wishes[0]));
}

/* Sends what waits, and asks to be woken for what still has to. */
static void send_orders(struct capture *capture)
{
	if (capture->socket < 0)
		return;
	if (capture->scope_waits && send_order(capture, &capture->scope))
		capture->scope_waits = false;
	if (!capture->scope_waits)
		send_wishes(capture);
	bool waits = capture->scope_waits || capture->wish_count > 0;
	if (waits == capture->waits_for_room)
		return;
	watch(capture, EPOLL_CTL_MOD, capture->socket, EPOLLIN | (waits ? EPOLLOUT : 0));
	capture->waits_for_room = waits;
}

void capture_set_scope(struct capture *capture, const struct capture_order *order)
{
	capture->scope = *order;
	capture->scope.kind = CAPTURE_ORDER_SCOPE;
	capture->scope.sizes = capture->options.sizes;
	capture->scope_waits = true;
	send_orders(capture);
}

void capture_want_evidence(struct capture *capture, uint64_t wire_id)
{
	if (capture->socket < 0)
		return; /* its connections are forgotten */
	if (capture->wish_count == WISHES_MAX) {
		capture->wishes_refused++;
		return;
	}
	capture->wishes[capture->wish_count++] = wire_id;
	send_orders(capture);
}

/* ---- Life and death */

static bool is_child(const struct capture *capture)
{
	return !capture->options.socket_path;
}

static int launch(struct capture *capture)
{
	return is_child(capture) ? launch_capture(&capture->socket, &capture->pidfd)
				 : launch_capture_at(capture->options.socket_path, &capture->socket);
}

static int start(struct capture *capture)
{
	capture->started_ns = clock_boot_ns();
	int error = launch(capture);
	if (error)
		return error;
	capture->state = CAPTURE_STARTING;
	capture->silence = 0;
	capture->why_ended = NULL;
	capture->said_why = false;
	error = watch(capture, EPOLL_CTL_ADD, capture->socket, EPOLLIN);
	if (!error && is_child(capture))
		error = watch(capture, EPOLL_CTL_ADD, capture->pidfd, EPOLLIN);
	if (error)
		return error;
	capture->scope_waits = true;
	capture->waits_for_room = false;
	send_orders(capture);
	return 0;
}

/* Ends the process and takes nothing more from it. It is dead when its pidfd says so; without one it ends by itself
 * when it finds the connection closed, which a stopped one does when it goes on. */
static void let_go(struct capture *capture, const char *why)
{
	capture->why_ended = why;
	close_fd(&capture->socket);
	if (is_child(capture))
		pidfd_send_signal(capture->pidfd, SIGKILL, NULL, 0);
}

static void plan_restart(struct capture *capture)
{
	uint64_t now_ns = clock_boot_ns();
	unsigned int pause = capture->pause ? 2 * capture->pause : 1;

	if (now_ns - capture->started_ns >= PAUSE_MAX * NANOSECONDS_A_SECOND) {
		pause = 1;
		capture->told[0] = '\0';
	}
	capture->pause = pause < PAUSE_MAX ? pause : PAUSE_MAX;
	capture->retry_ns = now_ns + capture->pause * NANOSECONDS_A_SECOND;
	capture->state = CAPTURE_WAITING;
}

static void describe_death(const struct capture *capture, const siginfo_t *death, char *text, size_t size)
{
	const char *name = death->si_code == CLD_EXITED ? NULL : sigabbrev_np(death->si_status);

	if (capture->why_ended)
		snprintf(text, size, "%s and was %s", capture->why_ended, is_child(capture) ? "killed" : "let go of");
	else if (!is_child(capture))
		snprintf(text, size, "ended; the service manager's log says how");
	else if (death->si_code == CLD_EXITED)
		snprintf(text, size, "ended with status %d", death->si_status);
	else if (death->si_status == SIGSYS)
		snprintf(text, size,
			 "was killed by SIGSYS: its sandbox forbids the system call that the kernel's log names");
	else
		snprintf(text, size, "was killed by signal %d, SIG%s", death->si_status, name ? name : "...");
}

static void add_counts(struct report_counts *sum, const struct report_counts *counts)
{
	sum->dissector.frames += counts->dissector.frames;
	sum->dissector.malformed += counts->dissector.malformed;
	sum->dissector.pushed_out += counts->dissector.pushed_out;
	sum->received += counts->received;
	sum->dropped += counts->dropped;
	sum->cpu_ns += counts->cpu_ns;
}

static void bury(struct capture *capture, const siginfo_t *death)
{
	char how[128];

	close_fd(&capture->socket);
	close_fd(&capture->pidfd);
	add_counts(&capture->past, &capture->current);
	capture->current = (struct report_counts){0};
	capture->wish_count = 0;
	plan_restart(capture);
	if (!capture->said_why) {
		describe_death(capture, death, how, sizeof(how));
		log_warning("the capture process %s; the watch goes on without the dialogues; next try in %u s", how,
			    capture->pause);
		capture->is_missed = true;
	}
	capture->taker->restarted(capture->context);
}

/* -ECHILD cannot be: nobody else waits for it. */
static bool is_dead(const struct capture *capture, siginfo_t *ret_death)
{
	if (!is_child(capture))
		return capture->socket < 0 && capture->state != CAPTURE_WAITING;
	return capture->pidfd >= 0 && waitid(P_PIDFD, (id_t)capture->pidfd, ret_death, WEXITED | WNOHANG) == 0 &&
	       ret_death->si_pid != 0;
}

static void bury_if_dead(struct capture *capture)
{
	siginfo_t death = {0};

	if (is_dead(capture, &death))
		bury(capture, &death);
}

/* ---- Reports */

static void take_ready(struct capture *capture, const struct report *report)
{
	(void)report;
	capture->state = CAPTURE_RUNNING;
	if (capture->is_missed)
		log_notice("the capture process runs again");
	capture->is_missed = false;
}

static void take_dialogue(struct capture *capture, const struct report *report)
{
	capture->taker->dialogue(capture->context, &report->dialogue);
}

static void take_name(struct capture *capture, const struct report *report)
{
	capture->taker->name(capture->context, &report->name);
}

static void take_evidence(struct capture *capture, const struct report *report)
{
	capture->taker->evidence(capture->context, report->wire_id, report->link_type, &report->frame);
}

static void take_counts(struct capture *capture, const struct report *report)
{
	capture->current = report->counts;
}

/* Each try says the same again until its cause is removed: it is told once. It is the last that is told of this life.
 */
static void take_failed(struct capture *capture, const struct report *report)
{
	char shown[TEXT_ESCAPED_SIZE(sizeof(capture->told))];

	if (capture->said_why)
		return;
	capture->said_why = true;
	let_go(capture, NULL);
	if (strncmp(report->text, capture->told, sizeof(capture->told)) == 0)
		return;
	snprintf(capture->told, sizeof(capture->told), "%s", report->text);
	text_escape(shown, sizeof(shown), report->text, strlen(report->text));
	log_error("no packets are captured, the watch goes on without the dialogues: %s", shown);
	capture->is_missed = true;
}

static void (*const report_takers[])(struct capture *capture, const struct report *report) = {
	[REPORT_READY] = take_ready,       [REPORT_DIALOGUE] = take_dialogue, [REPORT_NAME] = take_name,
	[REPORT_EVIDENCE] = take_evidence, [REPORT_COUNTS] = take_counts,     [REPORT_FAILED] = take_failed,
};
static_assert(COUNT_OF(report_takers) == REPORT_KIND_COUNT, "a taker for each kind");

static int take_reports(struct capture *capture, size_t size)
{
	struct report report;
	size_t report_size;

	for (size_t at = 0; at < size; at += report_size) {
		if (report_decode(capture->message + at, size - at, &report, &report_size) != 0)
			return -EBADMSG;
		report_takers[report.kind](capture, &report);
	}
	return 0;
}

/* False where there is none. The end of the messages is the end of the process, whatever it still does. */
static bool take_message(struct capture *capture)
{
	if (capture->socket < 0)
		return false;
	ssize_t size = recv(capture->socket, capture->message, sizeof(capture->message), MSG_DONTWAIT | MSG_TRUNC);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (size <= 0) {
		let_go(capture, NULL);
		return false;
	}
	capture->silence = 0;
	if ((size_t)size > sizeof(capture->message) || take_reports(capture, (size_t)size) != 0) {
		let_go(capture, "said what is no report, as one that was taken over would,");
		return false;
	}
	return true;
}

void capture_read(struct capture *capture)
{
	int count = 0;

	while (count < MESSAGES_A_READ && take_message(capture))
		count++;
	send_orders(capture);
	/* What it said before its death comes first. */
	if (count < MESSAGES_A_READ)
		bury_if_dead(capture);
}

/* One that neither works nor dies, as an endless loop would make it. A daemon that is stopped itself counts no ticks.
 */
static void end_silent(struct capture *capture)
{
	if (capture->state == CAPTURE_RUNNING && capture->socket >= 0 && ++capture->silence > SILENCE_MAX)
		let_go(capture, "said nothing for a minute");
}

static void take_start_error(struct capture *capture, int error)
{
	if (is_child(capture))
		log_warning("the capture process cannot be started: %s", strerror(-error));
	else
		log_warning("the capture process cannot be started by %s: %s; see \"systemctl status "
			    "smtpwatch-capture.socket\"",
			    capture->options.socket_path, strerror(-error));
	capture->is_missed = true;
	if (capture->pidfd >= 0) {
		let_go(capture, "could not be watched");
		return;
	}
	close_fd(&capture->socket);
	plan_restart(capture);
}

void capture_tick(struct capture *capture)
{
	end_silent(capture);
	send_orders(capture);
	bury_if_dead(capture);
	if (capture->state != CAPTURE_WAITING || clock_boot_ns() < capture->retry_ns)
		return;
	int error = start(capture);
	if (error)
		take_start_error(capture, error);
	else
		capture->restarts++;
}

/* ---- The whole */

int capture_new(const struct capture_options *options, const struct capture_order *order,
		const struct capture_taker *taker, void *context, struct capture **ret_capture)
{
	_cleanup_(cleanup_capture_free) struct capture *capture = calloc(1, sizeof(*capture));
	if (!capture)
		return -ENOMEM;
	capture->options = *options;
	capture->taker = taker;
	capture->context = context;
	capture->socket = capture->pidfd = -1;
	capture->wish.kind = CAPTURE_ORDER_EVIDENCE;
	capture->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (capture->epoll < 0)
		return -errno;
	capture_set_scope(capture, order);
	int error = start(capture);
	if (error && is_child(capture))
		return error;
	if (error)
		take_start_error(capture, error);
	*ret_capture = TAKE_PTR(capture);
	return 0;
}

void capture_free(struct capture *capture)
{
	if (!capture)
		return;
	close_fd(&capture->socket);
	if (capture->pidfd >= 0) {
		pidfd_send_signal(capture->pidfd, SIGKILL, NULL, 0);
		while (waitid(P_PIDFD, (id_t)capture->pidfd, &(siginfo_t){0}, WEXITED) != 0 && errno == EINTR)
			;
	}
	close_fd(&capture->pidfd);
	close_fd(&capture->epoll);
	free(capture);
}

int capture_fd(const struct capture *capture)
{
	return capture->epoll;
}

struct capture_status capture_status(const struct capture *capture)
{
	struct capture_status status = {
		.state = capture->state,
		.silence = capture->silence,
		.restarts = capture->restarts,
		.counts = capture->past,
		.evidence_refused = capture->wishes_refused,
	};

	add_counts(&status.counts, &capture->current);
	status.counts.dissector.streams = capture->current.dissector.streams;
	return status;
}
