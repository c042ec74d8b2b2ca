/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams to a local socket that may be missing, restarted, or deaf: none of that holds anything up. What cannot be
 * sent waits in a bounded queue; beyond it the oldest is dropped, counted, and told once it works again.
 */
#ifndef SMTPWATCH_SINKS_DATAGRAMS_H
#define SMTPWATCH_SINKS_DATAGRAMS_H

#include "sinks/queue.h"

#include <sys/un.h>

struct datagrams {
	const char *name; /* of whom they go to, for the log */
	struct sockaddr_un address;
	int fd;        /* -1: not connected */
	bool by_memfd; /* one that is too large goes as a sealed memfd, as journald takes it */
	int failing;   /* -errno that was told last, or 0 */
	struct queue queue;
};

/* Borrows `name`. 0, or -ENAMETOOLONG. */
int datagrams_init(struct datagrams *datagrams, const char *name, const char *path);

/* Says what is lost for good, and gives back what it holds; not the struct itself. */
void datagrams_end(struct datagrams *datagrams);

void datagrams_put(struct datagrams *datagrams, const void *bytes, size_t size);

/* Sends what waits, as far as that goes now. */
void datagrams_flush(struct datagrams *datagrams);

#endif
