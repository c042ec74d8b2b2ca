/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's side of the capture: what it is told to look for, what it says, and the evidence that it hands out. */
#ifndef SMTPWATCH_DAEMON_LISTENER_H
#define SMTPWATCH_DAEMON_LISTENER_H

#include "capture/capture.h"
#include "config/config.h"
#include "daemon/pipeline.h"
#include "daemon/self_test.h"
#include "lib/cleanup.h"
#include "model/scope.h"

struct listener;

/* Starts the capture process. `pipeline` and `self_test`, which gets what is said on its own connections, are borrowed
 * and must outlive it. 0 or -errno. */
int listener_new(const struct config *config, const struct scopes *scopes, struct pipeline *pipeline,
		 struct self_test *self_test, struct listener **ret_listener);
void listener_free(struct listener *listener);
DEFINE_CLEANUP(struct listener, listener_free)

/* Waits until the capture runs or has failed, for some seconds at most, so that nothing is missed after the start. */
void listener_await(struct listener *listener);

/* To poll. */
int listener_fd(const struct listener *listener);

/* Hands out to the pipeline what has come. */
void listener_read(struct listener *listener);

/* About once a second. Says in the log what was dropped. */
void listener_tick(struct listener *listener);

/* Other addresses of this host, or another port of the self-test. */
void listener_set_scopes(struct listener *listener, const struct config *config, const struct scopes *scopes);

/* Another configuration: files of evidence that are open get no more. */
void listener_set_config(struct listener *listener, const struct config *config, const struct scopes *scopes);

/* An alert is of this connection. Nothing where no evidence is to be kept. */
void listener_want_evidence(struct listener *listener, uint64_t wire_id, const char *rule);

struct capture_status listener_status(const struct listener *listener);

#endif
