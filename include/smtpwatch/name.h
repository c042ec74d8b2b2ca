/* SPDX-License-Identifier: GPL-2.0-only */
/* What DNS said on the wire: answers by which addresses get their names, and who asks for MX. */
#ifndef SMTPWATCH_NAME_H
#define SMTPWATCH_NAME_H

#include "lib/address.h"

#include <stdint.h>

#define NAME_SIZE 256 /* with NUL; at most 253 characters (RFC 1035 2.3.4), in lower case, without the last dot */

enum name_event_kind {
	NAME_ADDRESS,  /* owner, address: A or AAAA */
	NAME_ALIAS,    /* owner, target: CNAME */
	NAME_MX,       /* owner, target, preference */
	NAME_MX_QUERY, /* owner, asker, server: a question for MX that was sent */
	NAME_EVENT_COUNT,
};

/* Texts are borrowed for the time of the call, NULL where a kind does not name them. */
struct name_event {
	enum name_event_kind kind;
	uint64_t wall_ns; /* the packet's time */
	uint32_t ttl;     /* seconds */
	uint16_t preference;
	const char *owner;
	const char *target;
	struct address address;
	struct endpoint asker; /* the socket that sent the question */
	struct endpoint server;
	uint8_t protocol; /* IPPROTO_UDP or IPPROTO_TCP */
};

#endif
