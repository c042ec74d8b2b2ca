/* SPDX-License-Identifier: GPL-2.0-only */
/* A client's end of the control socket. */
#ifndef SMTPWATCH_CONTROL_LINK_H
#define SMTPWATCH_CONTROL_LINK_H

#include "lib/cleanup.h"

#include <jansson.h>

struct link;

#define LINK_REASON_SIZE 512

/*
 * Connects to the daemon's socket at `path` and reads its greeting. 0, or -errno with one sentence that says what to
 * do: -ENOENT there is no daemon, -EACCES no right (it names the group), -EPROTO another version of the protocol or no
 * smtpwatchd at all, -EBUSY too many clients, -ETIMEDOUT it does not answer, -ECONNRESET it is about to end.
 */
int link_open(const char *path, struct link **ret_link, char reason[LINK_REASON_SIZE]);

/* The same with so much patience, and for each request too; link_open() has five seconds. */
int link_open_within(const char *path, int timeout_ms, struct link **ret_link, char reason[LINK_REASON_SIZE]);
void link_free(struct link *link);
DEFINE_CLEANUP(struct link, link_free)

/* The greeting, borrowed. */
const json_t *link_greeting(const struct link *link);

/* To poll for reading. */
int link_fd(const struct link *link);

/* Sends a request; the reference is not taken. 0, or -errno: -E2BIG it is too long, -ECONNRESET the daemon is gone,
 * -ETIMEDOUT it does not read. */
int link_send(struct link *link, const json_t *request);

/* Gives the next message that is there, which the caller owns, without waiting. 0; -EAGAIN there is none yet;
 * -ECONNRESET the daemon is gone; -EBADMSG it sent what is no message. */
int link_receive(struct link *link, json_t **ret_message);

/* Waits for one, at most `timeout_ms`, -1 without end: also -ETIMEDOUT, and -EINTR after a signal. */
int link_wait(struct link *link, int timeout_ms, json_t **ret_message);

#endif
