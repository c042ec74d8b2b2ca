// SPDX-License-Identifier: GPL-2.0-only
#include "capture/link.h"

#include "lib/array.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

/* Headers of https://www.tcpdump.org/linktypes.html. */
#define ETHERNET_SIZE 14
#define SLL_SIZE 16
#define SLL2_SIZE 20
#define NULL_SIZE 4
#define VLAN_SIZE 4     /* TCI and the next type; the tag's own type stands where a type is expected */
#define VLAN_TAGS_MAX 4 /* providers stack two */
#define MAC_SIZE 6

/* 802.1ad as it was before there was a standard; <linux/if_ether.h> has the first of several. */
static bool is_vlan(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD || type == ETH_P_QINQ1;
}

/* Below an EtherType and the tags behind it. */
static int read_type(uint16_t type, struct span rest, struct link_header *ret_header)
{
	for (int tags = 0; is_vlan(type) && tags < VLAN_TAGS_MAX; tags++) {
		if (rest.size < VLAN_SIZE)
			return -EBADMSG;
		type = read_be16(rest.bytes + 2);
		rest = span_skip(rest, VLAN_SIZE);
	}
	if (type != ETH_P_IP && type != ETH_P_IPV6)
		return -EPROTO;
	ret_header->ip_version = type == ETH_P_IP ? 4 : 6;
	ret_header->packet = rest;
	return 0;
}

/* Interfaces without Ethernet addresses show zeros. */
static const uint8_t *known_mac(const uint8_t *mac)
{
	static const uint8_t none[MAC_SIZE];

	return memcmp(mac, none, MAC_SIZE) == 0 ? NULL : mac;
}

static int read_ethernet(struct span frame, struct link_header *ret_header)
{
	if (frame.size < ETHERNET_SIZE)
		return -EBADMSG;
	*ret_header = (struct link_header){.mac = known_mac(frame.bytes + MAC_SIZE)};
	return read_type(read_be16(frame.bytes + 2 * MAC_SIZE), span_skip(frame, ETHERNET_SIZE), ret_header);
}

/* What this host sends to itself is seen once, as incoming: libpcap drops the outgoing half of "lo". */
static enum packet_way cooked_way(unsigned int hardware_type, unsigned int packet_type)
{
	if (hardware_type == ARPHRD_LOOPBACK || packet_type == PACKET_OUTGOING)
		return PACKET_WAY_OUTGOING;
	return packet_type < PACKET_OUTGOING ? PACKET_WAY_INCOMING : PACKET_WAY_UNKNOWN;
}

static int read_sll(struct span frame, struct link_header *ret_header)
{
	const uint8_t *at = frame.bytes;

	if (frame.size < SLL_SIZE)
		return -EBADMSG;
	*ret_header = (struct link_header){
		.way = cooked_way(read_be16(at + 2), read_be16(at)),
		.mac = read_be16(at + 4) == MAC_SIZE ? known_mac(at + 6) : NULL,
	};
	return read_type(read_be16(at + 14), span_skip(frame, SLL_SIZE), ret_header);
}

static int read_sll2(struct span frame, struct link_header *ret_header)
{
	const uint8_t *at = frame.bytes;

	if (frame.size < SLL2_SIZE)
		return -EBADMSG;
	*ret_header = (struct link_header){
		.interface = read_be32(at + 4),
		.way = cooked_way(read_be16(at + 8), at[10]),
		.mac = at[11] == MAC_SIZE ? known_mac(at + 12) : NULL,
	};
	return read_type(read_be16(at), span_skip(frame, SLL2_SIZE), ret_header);
}

static int read_raw(struct span frame, struct link_header *ret_header)
{
	if (frame.size == 0)
		return -EBADMSG;
	*ret_header = (struct link_header){.ip_version = frame.bytes[0] >> 4, .packet = frame};
	return ret_header->ip_version == 4 || ret_header->ip_version == 6 ? 0 : -EPROTO;
}

/* An address family as the host that captured numbers them: in its byte order, or in network order (LOOP). */
static int read_null(struct span frame, struct link_header *ret_header)
{
	static const uint8_t ipv6_families[] = {10 /* Linux */, 24 /* NetBSD, OpenBSD */, 28 /* FreeBSD */,
						30 /* macOS */};

	if (frame.size < NULL_SIZE)
		return -EBADMSG;
	uint32_t family = read_be32(frame.bytes);
	if (family > UINT16_MAX)
		family = __builtin_bswap32(family);
	*ret_header = (struct link_header){.packet = span_skip(frame, NULL_SIZE)};
	if (family == 2)
		ret_header->ip_version = 4;
	for (size_t i = 0; i < COUNT_OF(ipv6_families); i++)
		if (family == ipv6_families[i])
			ret_header->ip_version = 6;
	return ret_header->ip_version ? 0 : -EPROTO;
}

/* DLT_* as Linux numbers them; only source.c knows libpcap. */
static const struct {
	int link_type;
	link_reader read;
} links[] = {
	{0, read_null},     /* DLT_NULL */
	{1, read_ethernet}, /* DLT_EN10MB */
	{12, read_raw},     /* DLT_RAW */
	{108, read_null},   /* DLT_LOOP */
	{113, read_sll},    /* DLT_LINUX_SLL */
	{228, read_raw},    /* DLT_IPV4 */
	{229, read_raw},    /* DLT_IPV6 */
	{276, read_sll2},   /* DLT_LINUX_SLL2 */
};

link_reader link_find(int link_type)
{
	for (size_t i = 0; i < COUNT_OF(links); i++)
		if (links[i].link_type == link_type)
			return links[i].read;
	return NULL;
}

bool link_has_way(int link_type)
{
	link_reader read = link_find(link_type);
	return read == read_sll || read == read_sll2;
}
