/* SPDX-License-Identifier: GPL-2.0-only */
/* The server name in a TLS ClientHello (RFC 8446 4.1.2, RFC 6066 3): the one thing that TLS still says in clear. */
#ifndef SMTPWATCH_CAPTURE_TLS_HELLO_H
#define SMTPWATCH_CAPTURE_TLS_HELLO_H

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TLS_HELLO_SIZE 4096 /* as much of a hello as is waited for: post-quantum key shares have 1.2 KiB */

/* Whether these bytes, of which there may be as few as one, can be the beginning of a handshake record. */
bool tls_hello_begins(const uint8_t *bytes, size_t size);

/* 0 with the name, empty where the hello has none; -EAGAIN: more bytes are needed; -EBADMSG: it is no ClientHello. */
int tls_hello_server_name(const uint8_t *bytes, size_t size, char ret_name[DIALOGUE_NAME_SIZE]);

#endif
