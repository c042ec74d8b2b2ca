/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the kernel for one socket by its addresses (sock_diag(7)), in the network namespace of the caller. */
#ifndef SMTPWATCH_IDENTITY_SOCKET_DIAG_H
#define SMTPWATCH_IDENTITY_SOCKET_DIAG_H

#include "lib/address.h"

#include <stdint.h>

struct socket_found {
	uint32_t inode; /* 0: no process has it open any more */
	uint32_t uid;   /* of whoever made it, by fsuid */
};

/* A descriptor, or -errno. */
int socket_diag_open(void);

/* Whether this kernel can be asked for sockets of IPPROTO_TCP or IPPROTO_UDP: each is a module of its own, and without
 * it every answer is that there is none. 0 or -errno. */
int socket_diag_probe(int fd, uint8_t protocol);

/*
 * A TCP socket by both ends, a UDP one that is not connected by its local end. Also one that is bound to an interface.
 * Waits for nothing. 0, -ENOENT: there is none, or another -errno.
 */
int socket_diag_find(int fd, uint8_t protocol, const struct endpoint *local, const struct endpoint *remote,
		     struct socket_found *ret_found);

#endif
