/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel which ends a TCP connection had before NAT on this host (conntrack), in the network namespace of the
 * caller. */
#ifndef SMTPWATCH_IDENTITY_CONNTRACK_H
#define SMTPWATCH_IDENTITY_CONNTRACK_H

#include "lib/address.h"

#include <stddef.h>
#include <stdint.h>

struct endpoint_ends {
	struct endpoint local;
	struct endpoint remote;
};

/* A descriptor, or -errno: the kernel has no netfilter, or it takes CAP_NET_ADMIN. */
int conntrack_open(void);

/*
 * `ends` as the wire shows them behind the NAT. Waits for nothing. 0 with those that whoever began the connection uses,
 * which are the same where there is no NAT; -ENOENT: it is not tracked; or another -errno.
 */
int conntrack_find(int fd, const struct endpoint_ends *ends, struct endpoint_ends *ret_original);

/* What such an answer says. `size` bytes, the netlink header in front, aligned as one. 0, -ENOENT, -EBADMSG, or the
 * kernel's -errno. */
int conntrack_read_answer(const void *bytes, size_t size, struct endpoint_ends *ret_original);

#endif
