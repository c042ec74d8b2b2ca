// SPDX-License-Identifier: GPL-2.0-only
#include "capture/packet.h"

#include "capture/fragments.h"
#include "capture/link.h"
#include "capture/network.h"

#include <errno.h>
#include <string.h>

#define TCP_SIZE 20
#define UDP_SIZE 8

struct packet_decoder {
	link_reader read_link;
	struct fragments *fragments;
};

bool packet_knows_link(int link_type)
{
	return link_find(link_type) != NULL;
}

bool packet_link_has_way(int link_type)
{
	return link_has_way(link_type);
}

struct packet_decoder *packet_decoder_new(int link_type)
{
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder || !packet_knows_link(link_type))
		return NULL;
	decoder->read_link = link_find(link_type);
	decoder->fragments = fragments_new();
	if (!decoder->fragments)
		return NULL;
	return TAKE_PTR(decoder);
}

void packet_decoder_free(struct packet_decoder *decoder)
{
	if (!decoder)
		return;
	fragments_free(decoder->fragments);
	free(decoder);
}

/* What is the same in TCP and UDP is filled in by the caller. */
struct transport {
	uint16_t source_port;
	uint16_t destination_port;
	uint32_t sequence;
	uint32_t acknowledgement;
	uint8_t flags;
	struct span payload;
};

/* RFC 9293 3.1. */
static int read_tcp(struct span segment, struct transport *ret_transport)
{
	const uint8_t *at = segment.bytes;

	if (segment.size < TCP_SIZE)
		return -EBADMSG;
	size_t header_size = (size_t)(at[12] >> 4) * 4;
	if (header_size < TCP_SIZE || header_size > segment.length)
		return -EBADMSG;
	*ret_transport = (struct transport){
		.source_port = read_be16(at),
		.destination_port = read_be16(at + 2),
		.sequence = read_be32(at + 4),
		.acknowledgement = read_be32(at + 8),
		.flags = at[13],
		.payload = span_skip(segment, header_size),
	};
	return 0;
}

/* RFC 768. */
static int read_udp(struct span message, struct transport *ret_transport)
{
	const uint8_t *at = message.bytes;

	if (message.size < UDP_SIZE)
		return -EBADMSG;
	size_t length = read_be16(at + 4);
	if (length < UDP_SIZE || length > message.length)
		return -EBADMSG;
	*ret_transport = (struct transport){
		.source_port = read_be16(at),
		.destination_port = read_be16(at + 2),
		.payload = span_skip(span_cut(message, length), UDP_SIZE),
	};
	return 0;
}

static void fill_in(const struct frame *frame, const struct link_header *link, const struct datagram *datagram,
		    const struct transport *transport, bool was_joined, struct packet *ret_packet)
{
	*ret_packet = (struct packet){
		.wall_ns = frame->wall_ns,
		.protocol = datagram->protocol,
		.source = {datagram->source, transport->source_port},
		.destination = {datagram->destination, transport->destination_port},
		.interface = link->interface,
		.way = link->way,
		.has_mac = link->mac != NULL,
		.sequence = transport->sequence,
		.acknowledgement = transport->acknowledgement,
		.flags = transport->flags,
		.payload = transport->payload.bytes,
		.payload_size = transport->payload.size,
		.payload_length = transport->payload.length,
		.frame = *frame,
		.payload_offset = was_joined ? frame->size : (size_t)(transport->payload.bytes - frame->bytes),
	};
	if (link->mac)
		memcpy(ret_packet->mac, link->mac, sizeof(ret_packet->mac));
}

int packet_decode(struct packet_decoder *decoder, const struct frame *frame, struct packet *ret_packet)
{
	struct link_header link;
	struct datagram datagram;
	struct transport transport;

	int error = decoder->read_link((struct span){frame->bytes, frame->size, frame->length}, &link);
	if (!error)
		error = network_read(link.ip_version, link.packet, &datagram);
	if (error)
		return error;

	bool is_fragment = datagram.is_fragment;
	if (is_fragment) {
		error = fragments_take(decoder->fragments, frame->wall_ns, link.interface, &datagram);
		if (!error)
			error = network_read_joined(&datagram);
		if (error)
			return error;
	}

	error = datagram.protocol == IPPROTO_TCP ? read_tcp(datagram.payload, &transport)
						 : read_udp(datagram.payload, &transport);
	if (error)
		return error;
	fill_in(frame, &link, &datagram, &transport, is_fragment, ret_packet);
	return 0;
}
