/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon and its clients say to each other over the control socket: a JSON object a line, as
 * man/smtpwatch-control.5 has it. Both ends include this.
 */
#ifndef SMTPWATCH_CONTROL_PROTOCOL_H
#define SMTPWATCH_CONTROL_PROTOCOL_H

/* Grows when a client that was written for the one before could misunderstand an answer. */
#define PROTOCOL_VERSION 1

#define PROTOCOL_SOCKET_NAME "control.sock" /* in $RUNTIME_DIRECTORY of the daemon, else PROTOCOL_DIRECTORY */
#define PROTOCOL_DIRECTORY "/run/smtpwatch"

/* Bytes of a line, with its newline. */
#define PROTOCOL_REQUEST_MAX (16 * 1024)
#define PROTOCOL_ANSWER_MAX (1024 * 1024)

#define PROTOCOL_ROWS_A_PAGE 64 /* of a message "rows" */
#define PROTOCOL_CHILDREN_MAX 256
#define PROTOCOL_LAST_MAX 1000 /* lines of the past that a subscription may ask for */

#endif
