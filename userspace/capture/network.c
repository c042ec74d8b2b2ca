// SPDX-License-Identifier: GPL-2.0-only
#include "capture/network.h"

#include <errno.h>
#include <string.h>

#define IPV4_SIZE 20
#define IPV6_SIZE 40
#define EXTENSION_SIZE 8    /* the least */
#define EXTENSIONS_MAX 8    /* each of RFC 8200 4.1 once, and some */
#define OFFSET_MASK 0x1fffU /* of IPv4, in units of 8 bytes */
#define MORE_FLAG 0x2000U
#define MTU_USUAL 1500 /* of Ethernet (RFC 894) */

static bool is_transport(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* Extension headers that can stand between a fragment header and TCP; an AH can also follow IPv4's header. */
static bool is_extension(uint8_t protocol)
{
	return protocol == IPPROTO_ROUTING || protocol == IPPROTO_DSTOPTS || protocol == IPPROTO_AH;
}

/* RFC 8200 4.3 counts units of 8 bytes behind the first, RFC 4302 2.2 units of 4 behind the first two. */
static int skip_extension(struct datagram *datagram)
{
	struct span payload = datagram->payload;

	if (payload.size < EXTENSION_SIZE)
		return -EBADMSG;
	size_t units = payload.bytes[1];
	size_t size = datagram->protocol == IPPROTO_AH ? (units + 2) * 4 : (units + 1) * 8;
	if (size > payload.size || size < EXTENSION_SIZE)
		return -EBADMSG;
	datagram->protocol = payload.bytes[0];
	datagram->payload = span_skip(payload, size);
	return 0;
}

/* RFC 8200 4.5. A fragment that is the whole is none (RFC 6946). */
static int read_fragment_header(struct datagram *datagram)
{
	struct span payload = datagram->payload;

	if (payload.size < EXTENSION_SIZE)
		return -EBADMSG;
	uint16_t offset = read_be16(payload.bytes + 2);
	datagram->protocol = payload.bytes[0];
	datagram->has_more = offset & 1;
	datagram->offset = offset & 0xfff8U;
	datagram->identification = read_be32(payload.bytes + 4);
	datagram->is_fragment = datagram->has_more || datagram->offset > 0;
	datagram->payload = span_skip(payload, EXTENSION_SIZE);
	return 0;
}

static int read_extensions(struct datagram *datagram)
{
	bool had_fragment_header = false;

	for (int count = 0; count < EXTENSIONS_MAX; count++) {
		int error;

		if (is_transport(datagram->protocol))
			return 0;
		if (is_extension(datagram->protocol) && (datagram->is_ipv6 || datagram->protocol == IPPROTO_AH)) {
			error = skip_extension(datagram);
		} else if (datagram->protocol == IPPROTO_FRAGMENT && datagram->is_ipv6 && !had_fragment_header) {
			had_fragment_header = true;
			error = read_fragment_header(datagram);
		} else {
			return -EPROTO;
		}
		if (error)
			return error;
		if (datagram->is_fragment)
			return is_transport(datagram->protocol) || is_extension(datagram->protocol) ? 0 : -EPROTO;
	}
	return -EBADMSG;
}

int network_read_joined(struct datagram *datagram)
{
	int error = read_extensions(datagram);

	return error == 0 && datagram->is_fragment ? -EBADMSG : error;
}

/* A length of 0 is what a packet shows that the card is still to cut into segments: then all of the frame is the
 * packet. A fragment cannot be one, nor what needs no cutting: no receiver takes that. */
static int read_ipv4(struct span packet, struct datagram *ret_datagram)
{
	const uint8_t *at = packet.bytes;

	if (packet.size < IPV4_SIZE || at[0] >> 4 != 4)
		return -EBADMSG;
	size_t header_size = (size_t)(at[0] & 15) * 4;
	size_t length = read_be16(at + 2);
	uint16_t fragment = read_be16(at + 6);
	bool is_fragment = fragment & (OFFSET_MASK | MORE_FLAG);
	if (length == 0 && !is_fragment && packet.length > MTU_USUAL)
		length = packet.length;
	if (header_size < IPV4_SIZE || header_size > length || length > packet.length)
		return -EBADMSG;

	ret_datagram->source = address_from_ipv4(at + 12);
	ret_datagram->destination = address_from_ipv4(at + 16);
	ret_datagram->payload = span_skip(span_cut(packet, length), header_size);
	ret_datagram->protocol = at[9];
	ret_datagram->is_ipv6 = false;
	ret_datagram->is_fragment = is_fragment;
	if (!is_fragment)
		return read_extensions(ret_datagram);
	ret_datagram->has_more = fragment & MORE_FLAG;
	ret_datagram->offset = (fragment & OFFSET_MASK) * 8;
	ret_datagram->identification = read_be16(at + 4);
	return is_transport(at[9]) || at[9] == IPPROTO_AH ? 0 : -EPROTO;
}

/*
 * A length of 0 stands for a jumbogram (RFC 2675) or for one that the card is still to cut. An IPv4 address in mapped
 * form may not be on the wire (RFC 4942 2.2), and would pass for the IPv4 address here.
 */
static int read_ipv6(struct span packet, struct datagram *ret_datagram)
{
	const uint8_t *at = packet.bytes;

	if (packet.size < IPV6_SIZE || at[0] >> 4 != 6)
		return -EBADMSG;
	size_t length = read_be16(at + 4);
	if (length == 0 && packet.length > MTU_USUAL)
		length = packet.length - IPV6_SIZE;
	if (length > packet.length - IPV6_SIZE)
		return -EBADMSG;

	memcpy(ret_datagram->source.bytes, at + 8, sizeof(ret_datagram->source.bytes));
	memcpy(ret_datagram->destination.bytes, at + 24, sizeof(ret_datagram->destination.bytes));
	if (address_is_ipv4(&ret_datagram->source) || address_is_ipv4(&ret_datagram->destination))
		return -EBADMSG;
	ret_datagram->payload = span_cut(span_skip(packet, IPV6_SIZE), length);
	ret_datagram->protocol = at[6];
	ret_datagram->is_ipv6 = true;
	ret_datagram->is_fragment = false;
	/* Only the first of all can be hop-by-hop options (RFC 8200 4.1). */
	if (ret_datagram->protocol == IPPROTO_HOPOPTS && skip_extension(ret_datagram))
		return -EBADMSG;
	return read_extensions(ret_datagram);
}

int network_read(unsigned int ip_version, struct span packet, struct datagram *ret_datagram)
{
	return ip_version == 4 ? read_ipv4(packet, ret_datagram) : read_ipv6(packet, ret_datagram);
}
