/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DNS messages (RFC 1035): answers that give addresses their names, and questions for MX. A look-up of a blocklist is
 * dropped here: its name can hold the key that the administrator pays for.
 */
#ifndef SMTPWATCH_CAPTURE_DNS_H
#define SMTPWATCH_CAPTURE_DNS_H

#include <smtpwatch/name.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_ANSWERS_MAX 64 /* of one message; the rest is not looked at */

/* Texts are valid for the time of the call. The taker adds time, asker and server. */
typedef void (*dns_taker)(void *context, struct name_event *event);

/*
 * Reads one message. Of a response every usable record of the answer and additional sections is told; of a query a
 * question for MX. 0, or -EBADMSG: malformed or cut short; what was told before that stays told.
 */
int dns_read(const uint8_t *message, size_t size, dns_taker take, void *context);

#endif
