/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The capture process as the daemon sees it: started, restarted with a growing pause when it dies, and read. It opens
 * libpcap and then gives everything up (capture/sandbox.h); what it says is not trusted.
 *
 * It is a child of the daemon, or a service manager's: then each connection to a socket of the manager starts one, and
 * nothing but that connection is known of it. Its end is the process's death, and to close it is all that ends one.
 */
#ifndef SMTPWATCH_CAPTURE_CAPTURE_H
#define SMTPWATCH_CAPTURE_CAPTURE_H

#include "capture/dissector.h"
#include "capture/report.h"
#include "lib/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture_options {
	struct capture_sizes sizes;
	const char *socket_path; /* the service manager's, borrowed as long as the capture lives; NULL: a child */
};

enum capture_state {
	CAPTURE_STARTING,
	CAPTURE_RUNNING,
	CAPTURE_WAITING, /* it died, and is started again after a pause */
	CAPTURE_STATE_COUNT,
};

struct capture_status {
	enum capture_state state;
	unsigned int silence; /* ticks since it said anything: it does so about once a second */
	uint64_t restarts;
	struct report_counts counts; /* of all its lives together, `streams` of this one */
	uint64_t evidence_refused;   /* wishes that came while too many waited */
};

/* Where things go; `evidence` of a frame that is valid for the call. */
struct capture_taker {
	void (*dialogue)(void *context, const struct dialogue_event *event);
	void (*name)(void *context, const struct name_event *event);
	void (*evidence)(void *context, uint64_t wire_id, int link_type, const struct frame *frame);
	void (*restarted)(void *context); /* its connections are forgotten: no more will be said of any wire_id */
};

struct capture;

/* Starts the process. `taker` must outlive it. 0 or -errno; a service manager that cannot be reached is asked again
 * later, and that is in the log. */
int capture_new(const struct capture_options *options, const struct capture_order *order,
		const struct capture_taker *taker, void *context, struct capture **ret_capture);
/* Ends the process. */
void capture_free(struct capture *capture);
DEFINE_CLEANUP(struct capture, capture_free)

/* To poll: an epoll descriptor that stays the same through restarts. */
int capture_fd(const struct capture *capture);

/* Hands out what has come. Says in the log what went wrong. */
void capture_read(struct capture *capture);

/* Starts the process again when its pause is over. About once a second. */
void capture_tick(struct capture *capture);

/* What is looked for from now on, and after a restart. */
void capture_set_scope(struct capture *capture, const struct capture_order *order);

void capture_want_evidence(struct capture *capture, uint64_t wire_id);

struct capture_status capture_status(const struct capture *capture);

/* The argument by which main() knows that it is to be the capture process, and what that then does; returns the exit
 * status. The socket is descriptor CAPTURE_SOCKET, which is also where a service manager puts the first one that it
 * hands over: SD_LISTEN_FDS_START of sd_listen_fds(3). */
#define CAPTURE_ARGUMENT "--capture-process"
#define CAPTURE_SOCKET 3
int capture_process_main(void);

#endif
