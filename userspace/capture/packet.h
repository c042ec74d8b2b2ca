/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the bytes of a frame to TCP and UDP: link layers, VLAN tags, IPv4, IPv6 with its extension headers, fragments.
 * Every byte comes from whoever sends packets to this host.
 */
#ifndef SMTPWATCH_CAPTURE_PACKET_H
#define SMTPWATCH_CAPTURE_PACKET_H

#include "lib/address.h"
#include "lib/cleanup.h"

#include <smtpwatch/dialogue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A frame as libpcap hands it out. Borrowed. */
struct frame {
	uint64_t wall_ns;
	const uint8_t *bytes;
	size_t size;   /* captured */
	size_t length; /* on the wire, at least `size` */
};

/* Which way a packet was going when it was seen, where the link layer says so (cooked captures). */
enum packet_way { PACKET_WAY_UNKNOWN, PACKET_WAY_INCOMING, PACKET_WAY_OUTGOING };

struct packet {
	uint64_t wall_ns;
	uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
	struct endpoint source;
	struct endpoint destination;
	uint32_t interface; /* index, 0: not known */
	enum packet_way way;
	uint8_t mac[6]; /* the sender's */
	bool has_mac;

	uint32_t sequence; /* TCP only, host byte order, as the two below */
	uint32_t acknowledgement;
	uint8_t flags; /* TH_SYN and so on, <netinet/tcp.h> */

	const uint8_t *payload; /* borrowed: of the frame, or of the decoder where fragments were joined */
	size_t payload_size;    /* captured */
	size_t payload_length;  /* on the wire, at least payload_size */

	struct frame frame;    /* the last one that it came in */
	size_t payload_offset; /* of the payload in the frame; frame.size where it is not in it (joined fragments) */
};

struct packet_decoder;

/* `link_type`: one of libpcap's DLT_* values. NULL: no memory, or a link type that packet_knows_link() does not know.
 */
struct packet_decoder *packet_decoder_new(int link_type);
void packet_decoder_free(struct packet_decoder *decoder);
DEFINE_CLEANUP(struct packet_decoder, packet_decoder_free)

bool packet_knows_link(int link_type);

/* Whether its frames are of all interfaces of a host and say which way they went (cooked captures). */
bool packet_link_has_way(int link_type);

/*
 * 0 with a packet that is valid until the next call; -EAGAIN: a fragment that was put aside; -EPROTO: neither TCP nor
 * UDP over IP; -EBADMSG: cut short or malformed. Fragments are kept in bounded memory for a bounded time, of the
 * packets' own time; overlapping ones are dropped (RFC 5722, and for IPv4 the same).
 */
int packet_decode(struct packet_decoder *decoder, const struct frame *frame, struct packet *ret_packet);

#endif
