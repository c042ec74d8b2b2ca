/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside daemon/: what the running daemon holds. */
#ifndef SMTPWATCH_DAEMON_INTERNAL_H
#define SMTPWATCH_DAEMON_INTERNAL_H

#include "config/config.h"
#include "daemon/allowance_state.h"
#include "daemon/daemon.h"
#include "daemon/desk.h"
#include "daemon/kept_state.h"
#include "daemon/listener.h"
#include "daemon/losses.h"
#include "daemon/pipeline.h"
#include "daemon/relays.h"
#include "daemon/scout.h"
#include "daemon/self_test.h"
#include "daemon/sight.h"
#include "identity/mta.h"
#include "sensor/sensor.h"
#include "sinks/sinks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct daemon {
	const struct command_line *command;
	struct config *config;
	struct sinks *sinks;
	struct pipeline *pipeline;
	struct sensor *sensor;
	struct scout *scout;
	struct relays *relays;
	struct allowance_state *allowance_state;
	struct kept_state *kept_state;
	struct listener *listener; /* NULL: what is said is not listened to */
	struct self_test *self_test;
	struct sight *sight;
	struct desk *desk;               /* NULL: nobody is answered */
	const struct mta_list *mta_list; /* that is in force, the pipeline's */
	uint64_t started_ns;
	struct losses losses;
	int epoll;
	int signals;
	int timer;
	int addresses;
	bool stopping;
	unsigned int ticks;
	uint64_t received_at_trim; /* records, when memory was given back last */
};

/* Puts a configuration into force, or leaves all as it was. The ports go last: from then on it is watched. 0 or -errno
 * after saying why. */
int daemon_apply(struct daemon *daemon, const struct config *config);

/* Reads the configuration anew. 0, or -errno after saying why: the old one stays in force. */
int daemon_reload(struct daemon *daemon);

/* Where addresses lie is made out anew. */
void daemon_renew_scopes(struct daemon *daemon);

#endif
