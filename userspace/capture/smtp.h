/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An SMTP session (RFC 5321) as a bystander hears it: commands of the client and replies of the server, each side in
 * order, but how the two interleave is known only roughly. Credentials and bodies are skipped as they come in: they are
 * in no buffer, event or message.
 */
#ifndef SMTPWATCH_CAPTURE_SMTP_H
#define SMTPWATCH_CAPTURE_SMTP_H

#include "capture/stream.h"
#include "lib/cleanup.h"

#include <smtpwatch/dialogue.h>

/* Takes an event; kind and what the kind names are filled in, id, time and endpoints are the taker's to add. */
typedef void (*smtp_taker)(void *context, struct dialogue_event *event);

struct smtp_options {
	bool is_tls;         /* implicit TLS is expected (port 465); plain text is understood all the same */
	bool from_middle;    /* nothing is known of what was said before */
	bool keep_addresses; /* the whole addresses of MAIL and RCPT, not only the domains */
};

struct smtp;

/* NULL: no memory. */
struct smtp *smtp_new(const struct smtp_options *options, smtp_taker take, void *context);
/* Nothing is told any more. */
void smtp_free(struct smtp *smtp);
DEFINE_CLEANUP(struct smtp, smtp_free)

struct stream_verdict smtp_read(struct smtp *smtp, enum stream_side side, const uint8_t *bytes, size_t size);

/* Within a body or a chunk the session goes on: the server's answer ends it. Anywhere else understanding ends (LOST).
 */
struct stream_verdict smtp_skip(struct smtp *smtp, enum stream_side side, size_t size);

/* The connection is over: tells what a last line without its end still says. */
void smtp_end(struct smtp *smtp);

#endif
