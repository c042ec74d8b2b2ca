/* SPDX-License-Identifier: GPL-2.0-only */
/* IPv4 (RFC 791) and IPv6 (RFC 8200): from the header to what it carries. */
#ifndef SMTPWATCH_CAPTURE_NETWORK_H
#define SMTPWATCH_CAPTURE_NETWORK_H

#include "capture/span.h"
#include "lib/address.h"

#include <stdbool.h>
#include <stdint.h>

/* What an IP packet carries, or a fragment of that. */
struct datagram {
	struct address source;
	struct address destination;
	struct span payload;
	uint8_t protocol; /* that the payload begins with */
	bool is_ipv6;

	bool is_fragment;
	bool has_more;   /* it is not the last fragment */
	uint32_t offset; /* in bytes */
	uint32_t identification;
};

/* 0 with a fragment, or with TCP or UDP; -EPROTO: something else; -EBADMSG: cut short or malformed. */
int network_read(unsigned int ip_version, struct span packet, struct datagram *ret_datagram);

/* Goes on behind the extension headers of a datagram that was joined. The same results, but no fragment. */
int network_read_joined(struct datagram *datagram);

#endif
