/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks for the addresses of smarthosts by getaddrinfo(3), as any program of this host would, in threads of its own: the
 * event loop never waits. It is the only thing that runs beside the loop, and it touches nothing but its own questions
 * and answers.
 */
#ifndef SMTPWATCH_DAEMON_RESOLVER_H
#define SMTPWATCH_DAEMON_RESOLVER_H

#include "daemon/smarthosts.h"
#include "lib/cleanup.h"

#include <stdint.h>

struct resolver;

/* 0 or -errno. Threads begin with the first question. */
int resolver_new(struct resolver **ret_resolver);

/* Does not wait for a question that is under way: its thread ends by itself. */
void resolver_free(struct resolver *resolver);
DEFINE_CLEANUP(struct resolver, resolver_free)

/* Readable when there are answers. */
int resolver_fd(const struct resolver *resolver);

/* Hands over the answers that have come, then the questions that are due. */
void resolver_serve(struct resolver *resolver, struct smarthosts *smarthosts, uint64_t time_ns);

#endif
