/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a connection is seen: the daemon makes one to itself, to a port of its own on 127.0.0.1, and waits for what
 * the kernel side tells of it. Nobody else hears of it. Nothing here waits.
 */
#ifndef SMTPWATCH_DAEMON_SELF_TEST_H
#define SMTPWATCH_DAEMON_SELF_TEST_H

#include "lib/cleanup.h"

#include <smtpwatch/observation.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum self_test_state {
	SELF_TEST_PENDING,    /* the first one is not over */
	SELF_TEST_PASSED,     /* attempt, establishment and end came back */
	SELF_TEST_UNANSWERED, /* the attempt came back, but nothing answered it, so there was nothing else to be seen */
	SELF_TEST_IMPOSSIBLE, /* no connection could be made: `error` says why */
	SELF_TEST_HALF_SEEN,  /* the attempt came back, what became of it did not */
	SELF_TEST_UNSEEN,
	SELF_TEST_STATE_COUNT,
};

/* Of the latest one that is over. */
struct self_test_status {
	enum self_test_state state;
	int error;               /* errno of IMPOSSIBLE, else 0 */
	uint64_t passed_wall_ns; /* CLOCK_REALTIME, when one was passed last; 0: never */
	uint64_t latency_ns;     /* of that one: from connect() until this process had the record */
};

struct self_test_options {
	uint64_t period_ns;
	/* Tells the kernel side which port it is: sensor_set_self_test_port(). -EADDRINUSE: another one is tried. */
	int (*set_port)(void *context, uint16_t port);
	void *context;
};

struct self_test;

/* Does nothing until the first self_test_tick(). NULL: no memory. */
struct self_test *self_test_new(const struct self_test_options *options);
void self_test_free(struct self_test *self_test);
DEFINE_CLEANUP(struct self_test, self_test_free)

/* Another configuration: the period, and the ports that are watched, among which its own may not be. */
void self_test_set(struct self_test *self_test, uint64_t period_ns, const uint16_t *ports, size_t count);

/* Begins a test where one is due, and judges one whose time is over. About once a second, after what the kernel
 * recorded was handed out. `time_ns`: CLOCK_BOOTTIME. */
void self_test_tick(struct self_test *self_test, uint64_t time_ns);

/* Whether the observation is of a test: then it goes no further. */
bool self_test_take(struct self_test *self_test, const struct observation *observation);

struct self_test_status self_test_status(const struct self_test *self_test);

/* The port, 0: none yet. */
uint16_t self_test_port(const struct self_test *self_test);

#endif
