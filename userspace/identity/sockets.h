/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose socket it is: the kernel is asked by the addresses (sock_diag(7)), and /proc for the process that has it open.
 * Only sockets of the network namespace of the caller are found, and only while they live.
 */
#ifndef SMTPWATCH_IDENTITY_SOCKETS_H
#define SMTPWATCH_IDENTITY_SOCKETS_H

#include "lib/address.h"
#include "lib/cleanup.h"

#include <limits.h>
#include <smtpwatch/abi.h>
#include <stdint.h>

struct sockets;

struct socket_owner {
	struct sw_identity identity; /* as much of it as /proc says; SW_IDENTITY_ADOPTED is set */
	char executable[PATH_MAX];   /* empty: not known */
};

/* NULL: no memory, or no netlink: then nothing is ever found. */
struct sockets *sockets_new(void);
void sockets_free(struct sockets *sockets);
DEFINE_CLEANUP(struct sockets, sockets_free)

/* Whether there is a TCP or UDP socket with these addresses, of any state. 0, -ENOENT: there is none, or another
 * -errno: it is not known. A UDP socket that is not connected is found by its local end. */
int sockets_find(struct sockets *sockets, uint8_t protocol, const struct endpoint *local,
		 const struct endpoint *remote);

/* The ends that a TCP connection had before NAT on this host, where it is tracked. 0, or -errno: none is known. They
 * are the same where nothing was changed. */
int sockets_find_original(const struct sockets *sockets, const struct endpoint *local, const struct endpoint *remote,
			  struct endpoint *ret_local, struct endpoint *ret_remote);

/*
 * The process that has it open; of several one that was found lately to have another at the same descriptor, else the
 * one with the lowest pid. Bounded: it gives up with -EBUSY when too many look-ups came in this second (`time_ns`:
 * CLOCK_BOOTTIME) or there is too much to look through, and with -ENOENT when nobody is found. The start time in the
 * key is rounded down to what /proc tells: actors_find_process() finds the actor that the kernel side knows of the same
 * process.
 */
int sockets_find_owner(struct sockets *sockets, uint8_t protocol, const struct endpoint *local,
		       const struct endpoint *remote, uint64_t time_ns, struct socket_owner *ret_owner);

#endif
