/* SPDX-License-Identifier: GPL-2.0-only */
/* How the daemon starts its capture process. */
#ifndef SMTPWATCH_CAPTURE_LAUNCH_H
#define SMTPWATCH_CAPTURE_LAUNCH_H

#include "capture/capture.h"
#include "lib/launcher.h"

#define LAUNCH_CAPTURE 0 /* the number of its task */

/* Where the service manager starts it: the path of its socket in the environment. Borrowed; NULL where it does not. */
#define LAUNCH_CAPTURE_VARIABLE "SMTPWATCH_CAPTURE_SOCKET"
const char *launch_capture_socket(void);

/* What a launcher has to know to begin it. */
struct launcher_task launch_capture_task(void);

/*
 * Starts /proc/self/exe as the capture process, with nothing of the daemon's but a socket. It dies with the daemon.
 * Gives the daemon's end of the socket, which does not block, and a pidfd, by which alone the process is to be waited
 * for; both the caller's. 0 or -errno. A process that cannot get as far as main() says so in a REPORT_FAILED.
 */
int launch_capture(int *ret_socket, int *ret_pidfd);

/* Has the service manager start one: connects to its socket. Gives the daemon's end, as above. 0 or -errno. */
int launch_capture_at(const char *path, int *ret_socket);

#endif
