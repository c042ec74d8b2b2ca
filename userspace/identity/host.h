/* SPDX-License-Identifier: GPL-2.0-only */
/* This host as the network namespace of the daemon has it. */
#ifndef SMTPWATCH_IDENTITY_HOST_H
#define SMTPWATCH_IDENTITY_HOST_H

#include "model/scope.h"

#include <stdbool.h>
#include <stdint.h>

#define HOST_NAME_SIZE 256 /* with NUL; at most 253 characters (RFC 1035 2.3.4) */

/* Adds each address as SW_SCOPE_HOST. 0 or -errno. */
int host_add_addresses(struct scopes *scopes);

/* A socket that becomes readable when an address comes or goes (rtnetlink(7)), or -errno. */
int host_watch_addresses(void);

/* Reads away what the socket has. */
void host_drain_watch(int fd);

/* The inode number of that namespace, as the kernel side tells it; 0: not known. */
uint32_t host_network_namespace(void);

/* The same of its mount namespace: that of process 1, as the daemon's own may be another, where its unit has it see
 * less of the file system. */
uint32_t host_mount_namespace(void);

/*
 * What this host calls itself, with its domain where that is known: hostname(1), /etc/hosts (hosts(5)), or
 * /etc/mailname, in which Debian keeps the name for mail. DNS is not asked: that could take its time. False: it has no
 * name.
 */
bool host_find_name(char ret_name[HOST_NAME_SIZE]);

#endif
