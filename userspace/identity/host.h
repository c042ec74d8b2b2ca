/* SPDX-License-Identifier: GPL-2.0-only */
/* This host as the network namespace of the daemon has it. */
#ifndef SMTPWATCH_IDENTITY_HOST_H
#define SMTPWATCH_IDENTITY_HOST_H

#include "model/scope.h"

#include <stdint.h>

/* Adds each address as SW_SCOPE_HOST. 0 or -errno. */
int host_add_addresses(struct scopes *scopes);

/* A socket that becomes readable when an address comes or goes (rtnetlink(7)), or -errno. */
int host_watch_addresses(void);

/* Reads away what the socket has. */
void host_drain_watch(int fd);

/* The inode number of that namespace, as the kernel side tells it; 0: not known. */
uint32_t host_network_namespace(void);

#endif
