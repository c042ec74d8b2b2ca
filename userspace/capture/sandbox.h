/* SPDX-License-Identifier: GPL-2.0-only */
/* What the capture process gives up before it reads its first packet. */
#ifndef SMTPWATCH_CAPTURE_SANDBOX_H
#define SMTPWATCH_CAPTURE_SANDBOX_H

/*
 * Enters an empty root, becomes nobody's user, drops every capability, forbids new ones, core dumps and being traced,
 * and loads a seccomp filter that kills the process at any call but those the capture needs. `socket` and `packets` are
 * the descriptors that it may go on using. 0 or -errno, after which the process must end.
 */
int sandbox_enter(int socket, int packets);

#endif
