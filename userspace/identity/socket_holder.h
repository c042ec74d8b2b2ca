/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process has a socket open: /proc/PID/fd has links like "socket:[INODE]". */
#ifndef SMTPWATCH_IDENTITY_SOCKET_HOLDER_H
#define SMTPWATCH_IDENTITY_SOCKET_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

struct socket_holder {
	uint32_t pid;
	uint32_t fd;
};

/*
 * The process with the lowest pid, first among those that run as the user who made the socket, then among all. `steps`
 * says how many processes and open files it may look at, and then how many are left. What a thread has open for itself
 * alone (CLONE_FILES) is not seen. 0, -ENOENT: nobody has it open, or -EBUSY: there was too much to look through.
 */
int socket_holder_find(uint32_t inode, uint32_t uid, unsigned int *steps, struct socket_holder *ret_holder);

/* Whether the process still has it open there. */
bool socket_holder_holds(const struct socket_holder *holder, uint32_t inode);

#endif
