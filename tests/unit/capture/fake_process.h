/* SPDX-License-Identifier: GPL-2.0-only */
/* A capture process that behaves as its first order's first port says. */
#ifndef SMTPWATCH_TESTS_CAPTURE_FAKE_PROCESS_H
#define SMTPWATCH_TESTS_CAPTURE_FAKE_PROCESS_H

#include "capture/capture.h"
#include "support/test.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum behaviour {
	SPEAK = 1, /* says one of each, and answers each order */
	DESCRIBE,  /* says how it was started */
	EXIT,
	ABORT,
	FORBIDDEN, /* dies as in the sandbox */
	FAIL,
	FAIL_OTHERWISE,
	FAIL_FOR_EVER, /* says so again and again, and stays */
	GARBAGE,
	TOO_LONG,
	HALF, /* a good report, and behind it a bad one */
	EMPTY,
	STOP, /* says nothing and takes nothing */
	FLOOD,
	FLOOD_AND_DIE,
	LISTEN, /* answers wishes only */
	SPEAK_AND_DIE,
};

static alignas(8) uint8_t message[REPORT_MESSAGE_SIZE + 8];

static inline void say(const struct report *report)
{
	size_t used = 0;

	if (report_encode(report, message, &used) != 0 || send(CAPTURE_SOCKET, message, used, 0) < 0)
		_exit(90);
}

static inline void say_name(const char *name)
{
	const struct report report = {.kind = REPORT_DIALOGUE,
				      .dialogue = {.kind = DIALOGUE_HELO, .wire_id = 1, .name = name}};
	say(&report);
}

static inline void say_ready(void)
{
	const struct report report = {.kind = REPORT_READY, .link_type = 1};
	say(&report);
}

static inline void say_failed(const char *why)
{
	const struct report report = {.kind = REPORT_FAILED, .text = why};
	say(&report);
}

static inline struct capture_order await_order(void)
{
	static struct capture_order order;
	struct pollfd wait = {.fd = CAPTURE_SOCKET, .events = POLLIN};

	if (poll(&wait, 1, -1) != 1)
		_exit(91);
	ssize_t size = recv(CAPTURE_SOCKET, &order, sizeof(order), 0);
	if (size != sizeof(order))
		_exit(size == 0 ? 0 : 92);
	return order;
}

static inline void speak(void)
{
	const struct report name = {.kind = REPORT_NAME, .name = {.kind = NAME_ADDRESS, .owner = "mx"}};
	const struct report counts = {.kind = REPORT_COUNTS, .counts = {{1, 2, 3, 4}, 5, 6, 7}};

	say_ready();
	say_name("one");
	say(&name);
	say(&counts);
}

static inline void answer_orders(bool scopes)
{
	for (;;) {
		const struct capture_order order = await_order();
		const struct report evidence = {.kind = REPORT_EVIDENCE,
						.wire_id = order.wire_id,
						.link_type = 113,
						.frame = {1, (const uint8_t *)"frame", 5, 5}};
		if (order.kind == CAPTURE_ORDER_EVIDENCE)
			say(&evidence);
		else if (scopes)
			say_name(order.names ? "a scope with names" : "a scope");
	}
}

static inline void describe(const struct capture_sizes *sizes, int argc, char *argv[], char *environment[])
{
	char text[200] = "";
	sigset_t mask;
	int signal_at_death = 0;
	DIR *folder = opendir("/proc/self/fd");
	int descriptors = -2; /* "." and ".." */

	while (folder && readdir(folder))
		descriptors++;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	prctl(PR_GET_PDEATHSIG, &signal_at_death);
	struct sigaction pipe;
	struct sigaction term;
	sigaction(SIGPIPE, NULL, &pipe);
	sigaction(SIGTERM, NULL, &term);
	snprintf(text, sizeof(text), "%s|%d|%zu|%zu|env %d|fds %d|masked %d|death %d|own session %d|pipe %d|term %d",
		 argv[0], argc, sizes->buffer_bytes, sizes->max_streams, environment[0] != NULL, descriptors - 1,
		 sigismember(&mask, SIGTERM) || sigismember(&mask, SIGHUP), signal_at_death, getsid(0) == getpid(),
		 pipe.sa_handler == SIG_DFL, term.sa_handler == SIG_IGN);
	say_name(text);
}

static inline void flood(void)
{
	struct pollfd room = {.fd = CAPTURE_SOCKET, .events = POLLOUT};
	const struct report report = {.kind = REPORT_COUNTS};
	size_t used = 0;

	report_encode(&report, message, &used);
	for (int sent = 0; sent < 1000;)
		if (send(CAPTURE_SOCKET, message, used, MSG_DONTWAIT) >= 0)
			sent++;
		else
			poll(&room, 1, -1);
	say_ready();
}

/* Zeros are no reports, whatever their number is. */
static inline void send_zeros(size_t size)
{
	if (send(CAPTURE_SOCKET, message, size, 0) < 0)
		_exit(93);
}

static inline void fail_for_ever(void)
{
	static const char *const texts[] = {"a", "b", "c"};
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const struct report report = {.kind = REPORT_FAILED, .text = texts[i]};
		report_encode(&report, message, &used);
	}
	for (int i = 0; i < 3; i++)
		send(CAPTURE_SOCKET, message, used, 0);
}

static inline void half(void)
{
	const struct report report = {.kind = REPORT_DIALOGUE,
				      .dialogue = {.kind = DIALOGUE_HELO, .wire_id = 1, .name = "good"}};
	size_t used = 0;

	report_encode(&report, message, &used);
	memset(message + used, 0xff, 64);
	send(CAPTURE_SOCKET, message, used + 64, 0);
}

static inline _Noreturn void behave(int argc, char *argv[], char *environment[])
{
	const struct capture_order first = await_order();

	switch (first.scope.ports[0]) {
	case SPEAK:
		speak();
		answer_orders(true);
		break;
	case DESCRIBE:
		describe(&first.sizes, argc, argv, environment);
		break;
	case EXIT:
		_exit(3);
	case ABORT:
		prctl(PR_SET_DUMPABLE, 0);
		raise(SIGABRT);
		break;
	case FORBIDDEN:
		prctl(PR_SET_DUMPABLE, 0);
		raise(SIGSYS);
		break;
	case FAIL:
		say_failed("no \x1b[31mpermission");
		_exit(1);
	case FAIL_OTHERWISE:
		say_failed("no memory");
		_exit(1);
	case FAIL_FOR_EVER:
		fail_for_ever();
		break;
	case GARBAGE:
		send_zeros(1000);
		break;
	case TOO_LONG:
		send_zeros(sizeof(message));
		break;
	case HALF:
		half();
		break;
	case EMPTY:
		send_zeros(0);
		break;
	case STOP:
		raise(SIGSTOP);
		break;
	case FLOOD:
		flood();
		break;
	case FLOOD_AND_DIE:
		for (int i = 0; i < 100; i++)
			say_name("last words");
		_exit(0);
	case LISTEN:
		say_ready();
		answer_orders(false);
		break;
	case SPEAK_AND_DIE:
		speak();
		_exit(0);
	default:
		break;
	}
	for (;;)
		pause();
}

#endif
