/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a connection is seen, and what is said on it heard: the daemon makes one to itself, to a port of its own on
 * 127.0.0.1, greets itself there as a mail server would (RFC 5321 4.2), and waits for what the kernel side and the
 * capture process tell of it. Nobody else hears of it. Nothing here waits.
 */
#ifndef SMTPWATCH_DAEMON_SELF_TEST_H
#define SMTPWATCH_DAEMON_SELF_TEST_H

#include "lib/cleanup.h"

#include <smtpwatch/dialogue.h>
#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum self_test_state {
	SELF_TEST_PENDING,    /* the first one is not over */
	SELF_TEST_PASSED,     /* attempt, establishment and end came back, and what was said, if that is listened to */
	SELF_TEST_UNANSWERED, /* the attempt came back, but nothing answered it, so there was nothing else to be seen */
	SELF_TEST_IMPOSSIBLE, /* no connection could be made: `error` says why */
	SELF_TEST_HALF_SEEN,  /* the attempt came back, what became of it did not */
	SELF_TEST_UNHEARD,    /* all of it came back but what was said on it */
	SELF_TEST_UNSEEN,
	SELF_TEST_STATE_COUNT,
};

/* How many have to fail, one after the other, before somebody is woken: one may have been lost in a flood. */
#define SELF_TEST_FAILURES_MAX 2

/* Of the latest one that is over. */
struct self_test_status {
	enum self_test_state state;
	int error;               /* errno of IMPOSSIBLE, else 0 */
	uint64_t passed_wall_ns; /* CLOCK_REALTIME, when one was passed last; 0: never */
	uint64_t latency_ns;     /* of that one: from connect() until this process had the record */
	uint64_t heard_ns;       /* of that one: until it had what was said; 0: that was not listened to */
	unsigned int failures;   /* in a row, those that were not even seen in full */
};

struct self_test_options {
	uint64_t period_ns;
	/* Tells the kernel side and the capture which port it is. -EADDRINUSE: another one is tried. */
	int (*set_port)(void *context, uint16_t port);
	void *context;
};

struct self_test;

/* Does nothing until the first self_test_tick(). NULL: no memory. */
struct self_test *self_test_new(const struct self_test_options *options);
void self_test_free(struct self_test *self_test);
DEFINE_CLEANUP(struct self_test, self_test_free)

/* Takes a port, so that it can be listened to before the first test. 0, or -errno: the first test tries again. */
int self_test_open(struct self_test *self_test);

/* Whether there is a capture that has to tell what was said. */
void self_test_expect_words(struct self_test *self_test, bool is_expected);

/* Another configuration: the period, and the ports that are watched, among which its own may not be. */
void self_test_set(struct self_test *self_test, uint64_t period_ns, const uint16_t *ports, size_t count);

/* Begins a test where one is due, and judges one whose time is over. About once a second, after what the kernel
 * recorded was handed out. `time_ns`: CLOCK_BOOTTIME. */
void self_test_tick(struct self_test *self_test, uint64_t time_ns);

/* Whether the observation is of a test: then it goes no further. */
bool self_test_take(struct self_test *self_test, const struct observation *observation);

/* The same of what was said. */
bool self_test_take_dialogue(struct self_test *self_test, const struct dialogue_event *event);

struct self_test_status self_test_status(const struct self_test *self_test);

/* The port, 0: none yet. */
uint16_t self_test_port(const struct self_test *self_test);

#endif
