/* SPDX-License-Identifier: GPL-2.0-only */
/* Where clients are answered: the control socket, the ledger that it shows, and what it asks of the daemon. */
#ifndef SMTPWATCH_DAEMON_DESK_H
#define SMTPWATCH_DAEMON_DESK_H

#include "config/config.h"
#include "daemon/daemon.h"
#include "lib/cleanup.h"

#include <stdint.h>

struct control;
struct desk;
struct ledger;

/* Opens the socket; `daemon`, whose sensor, pipeline and sight are there, is borrowed and must
 * outlive it. What is observed from now on is in the ledger. 0, or -errno after saying why: the watch can go on
 * without. */
int desk_new(struct daemon *daemon, struct desk **ret_desk);
void desk_free(struct desk *desk);
DEFINE_CLEANUP(struct desk, desk_free)

/* Who remembers what clients are shown. */
struct ledger *desk_ledger(const struct desk *desk);
struct control *desk_control(const struct desk *desk);

/* The configuration that is in force from now on. */
void desk_set_config(struct desk *desk, const struct config *config);

/* Readable when desk_serve() has something to do. */
int desk_fd(const struct desk *desk);
void desk_serve(struct desk *desk);

/* After whatever was dealt with: what is new is told at once to whoever was told nothing for long. */
void desk_notice(struct desk *desk);

/* About once a second. */
void desk_tick(struct desk *desk, uint64_t wall_ns);

#endif
