/* SPDX-License-Identifier: GPL-2.0-only */
/* Replies like to quote the address that they refuse. Where only domains are kept, it is taken out of them. */
#ifndef SMTPWATCH_CAPTURE_REDACT_H
#define SMTPWATCH_CAPTURE_REDACT_H

#include <smtpwatch/dialogue.h>

#define REDACTED "*" /* stands in place of what is before the @ */

/* Copies a text, the part before each @ (also written %40, as in URLs) put as REDACTED. */
void redact_addresses(const char *text, char redacted[DIALOGUE_TEXT_SIZE]);

#endif
