/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the daemon, with what is said to people where that fails. */
#ifndef SMTPWATCH_CLIENT_ASK_H
#define SMTPWATCH_CLIENT_ASK_H

#include "client/arguments.h"
#include "client/exit.h"
#include "control/link.h"

/* Connects. 0, or -errno after saying why. */
int ask_connect(const struct arguments *arguments, struct link **ret_link);

/* Says that the daemon is gone and waits until it is back; an old link is given back. 0, or -errno: -EPIPE nobody reads
 * what is printed, else after saying why it is in vain. */
int ask_reconnect(const struct arguments *arguments, int why, struct link **link);

/* The same as link_wait(), but that it ends with -EPIPE when nobody reads standard output any more. */
int ask_wait(struct link *link, int timeout_ms, json_t **ret_message);

/* Waits so long. 0 or -EPIPE. */
int ask_pause(int timeout_ms);

/* Sends a request, which is taken, and waits for the message that has the object `name`, which the caller owns.
 * -EREMOTEIO: the answer is an error, which the caller gets in its place; else -errno after saying why. */
int ask_for(struct link *link, json_t *request, const char *name, json_t **ret_message);

/* The same without a request: the next message of an answer. */
int ask_next(struct link *link, const char *name, json_t **ret_message);

/* "code" of an error; never NULL. */
const char *ask_error_code(const json_t *message);

/* Says what the daemon said. */
void ask_complain(const json_t *message);

/* How long an answer may take. */
#define ASK_TIMEOUT_MS 30000

/* Says what has become of the link. */
void ask_explain_loss(int error);

/* With what to end after one of these. */
enum client_exit ask_exit(int error);

#endif
