/* SPDX-License-Identifier: GPL-2.0-only */
/* SMTP on ports where nobody expects it. */
#ifndef SMTPWATCH_CAPTURE_OFF_PORT_H
#define SMTPWATCH_CAPTURE_OFF_PORT_H

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a segment is an EHLO or HELO command (RFC 5321 4.1.1.1) and nothing else: one line with a name of printable
 * characters, so that a text which only begins like one is not taken for it. */
bool off_port_read(const uint8_t *segment, size_t size, char ret_name[DIALOGUE_NAME_SIZE], bool *ret_is_extended);

#endif
