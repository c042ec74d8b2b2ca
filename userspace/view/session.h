/* SPDX-License-Identifier: GPL-2.0-only */
/* The view's connection to the daemon, which is made anew when it is lost, and what is asked over it. */
#ifndef SMTPWATCH_VIEW_SESSION_H
#define SMTPWATCH_VIEW_SESSION_H

#include "control/link.h"

#include <jansson.h>
#include <smtpwatch/ledger.h>
#include <stdbool.h>
#include <stdint.h>

/* All zero but for the path is one that is not open. */
struct session {
	const char *path;
	struct link *link;    /* owned; NULL: there is no connection */
	uint64_t next_try_ns; /* CLOCK_BOOTTIME */
};

/* 0 or -errno with the reason, as link_open(). */
int session_open(struct session *session, char reason[LINK_REASON_SIZE]);
void session_close(struct session *session);

/* To poll for reading, or -1. */
int session_fd(const struct session *session);

/* Tries to connect again where the connection is lost and a second has passed. Returns whether there is a new one. */
bool session_try(struct session *session, uint64_t now_ns);

/* Gives the next message that is there, which the caller owns. Returns whether there was one; where the connection is
 * lost it is closed. */
bool session_receive(struct session *session, json_t **ret_message);

/* Each asks, and closes the connection where that fails. Who is not connected asks for nothing. */

/* For the rows of a grouping every so many seconds, for alerts as they come, and so many past ones. */
void session_subscribe(struct session *session, enum ledger_by by, unsigned int every, unsigned int past_alerts);
void session_unsubscribe(struct session *session);
/* The number of the row is also the `id` of what answers it. */
void session_ask_children(struct session *session, uint64_t row);
void session_ask_detail(struct session *session, uint64_t row);
void session_ask_explanation(struct session *session, const char *incident);

#endif
