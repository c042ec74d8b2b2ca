/* SPDX-License-Identifier: GPL-2.0-only */
/* Smarthosts that are given by name, from the configuration to the table of scopes: who they are (smarthosts.h) and who
 * asks for them (resolver.h). */
#ifndef SMTPWATCH_DAEMON_RELAYS_H
#define SMTPWATCH_DAEMON_RELAYS_H

#include "config/config.h"
#include "daemon/smarthosts.h"
#include "lib/cleanup.h"
#include "model/scope.h"

#include <stdbool.h>
#include <stdint.h>

struct relays;

/* 0 or -errno. */
int relays_new(struct relays **ret_relays);
void relays_free(struct relays *relays);
DEFINE_CLEANUP(struct relays, relays_free)

/* Readable when relays_serve() has an answer to take. */
int relays_fd(const struct relays *relays);

/* The relays' own. */
struct smarthosts *relays_smarthosts(struct relays *relays);

/* Takes over the names. Without memory the old ones stay, and the log says so. */
void relays_set_config(struct relays *relays, const struct config *config);

/* Adds the addresses that the names are known to have. 0 or -ENOMEM; for what finds no room there is a warning. */
int relays_add_scopes(const struct relays *relays, struct scopes *scopes);

/* Takes answers, asks what is due and forgets what is old, at CLOCK_BOOTTIME `time_ns`. Cheap where there is nothing to
 * do. Returns whether relays_add_scopes() has something else to add than at the last call. */
bool relays_serve(struct relays *relays, uint64_t time_ns);

#endif
