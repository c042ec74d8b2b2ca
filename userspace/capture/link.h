/* SPDX-License-Identifier: GPL-2.0-only */
/* Link layers: what is in front of IP. */
#ifndef SMTPWATCH_CAPTURE_LINK_H
#define SMTPWATCH_CAPTURE_LINK_H

#include "capture/packet.h"
#include "capture/span.h"

#include <stdbool.h>
#include <stdint.h>

/* What a link layer says of a packet. */
struct link_header {
	unsigned int ip_version; /* 4 or 6 */
	struct span packet;      /* from the IP header on, perhaps with padding */
	uint32_t interface;      /* index, 0: not known */
	enum packet_way way;
	const uint8_t *mac; /* 6 bytes of the frame: the sender's; NULL: not known */
};

/* 0, or -EPROTO: not IP; -EBADMSG: cut short or malformed. */
typedef int (*link_reader)(struct span frame, struct link_header *ret_header);

/* NULL: not known. */
link_reader link_find(int link_type);

/* Whether its packets say which way they went. */
bool link_has_way(int link_type);

#endif
