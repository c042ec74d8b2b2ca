/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds frames from the outside in: link layer, IP, then TCP or UDP. Lengths are those of what is still to come. */
#ifndef SMTPWATCH_TESTS_CAPTURE_FRAME_BUILDER_H
#define SMTPWATCH_TESTS_CAPTURE_FRAME_BUILDER_H

#include "capture/packet.h"
#include "support/test.h"

#include <netinet/in.h>

#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd

#define LINK_NULL 0
#define LINK_ETHERNET 1
#define LINK_RAW 12
#define LINK_LOOP 108
#define LINK_SLL 113
#define LINK_IPV4 228
#define LINK_IPV6 229
#define LINK_SLL2 276

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER 20
#define UDP_HEADER 8
#define FRAGMENT_HEADER 8

#define CLIENT_IPV4 "192.0.2.10"
#define SERVER_IPV4 "203.0.113.25"
#define CLIENT_IPV6 "2001:db8::10"
#define SERVER_IPV6 "2001:db8:25::25"
#define CLIENT_MAC "\x02\x11\x22\x33\x44\x55"

struct built {
	uint8_t bytes[70000];
	size_t size;
};

static inline void put(struct built *built, const void *bytes, size_t size)
{
	assert_true(size <= sizeof(built->bytes) - built->size);
	memcpy(built->bytes + built->size, bytes, size);
	built->size += size;
}

static inline void put_8(struct built *built, unsigned int number)
{
	const uint8_t byte = (uint8_t)number;
	put(built, &byte, 1);
}

static inline void put_16(struct built *built, unsigned int number)
{
	put_8(built, number >> 8);
	put_8(built, number & 0xff);
}

static inline void put_32(struct built *built, uint32_t number)
{
	put_16(built, number >> 16);
	put_16(built, number & 0xffff);
}

static inline void put_zeros(struct built *built, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_8(built, 0);
}

static inline void put_ethernet(struct built *built, unsigned int type)
{
	put(built, "\x02\xaa\xbb\xcc\xdd\xee", 6);
	put(built, CLIENT_MAC, 6);
	put_16(built, type);
}

static inline void put_sll(struct built *built, unsigned int packet_type, unsigned int hardware, unsigned int type)
{
	put_16(built, packet_type);
	put_16(built, hardware);
	put_16(built, 6);
	put(built, CLIENT_MAC "\0", 8);
	put_16(built, type);
}

static inline void put_sll2(struct built *built, unsigned int packet_type, unsigned int hardware, unsigned int type)
{
	put_16(built, type);
	put_16(built, 0);
	put_32(built, 7);
	put_16(built, hardware);
	put_8(built, packet_type);
	put_8(built, 6);
	put(built, CLIENT_MAC "\0", 8);
}

/* A plain header of each link type. */
static inline void put_link(struct built *built, int link_type, unsigned int type)
{
	if (link_type == LINK_ETHERNET)
		put_ethernet(built, type);
	else if (link_type == LINK_SLL)
		put_sll(built, 4, 1, type);
	else if (link_type == LINK_SLL2)
		put_sll2(built, 4, 1, type);
	else if (link_type == LINK_NULL)
		put(built, type == TYPE_IPV4 ? "\2\0\0\0" : "\x1e\0\0\0", 4);
	else if (link_type == LINK_LOOP)
		put_32(built, type == TYPE_IPV4 ? 2 : 24);
}

static inline struct address address_of(const char *text)
{
	struct address address;
	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

/* `fragment` is the field of flags and offset. */
static inline void put_ipv4(struct built *built, unsigned int protocol, size_t length, unsigned int fragment)
{
	struct address client = address_of(CLIENT_IPV4);
	struct address server = address_of(SERVER_IPV4);

	put_16(built, 0x4500);
	put_16(built, (unsigned int)(IPV4_HEADER + length));
	put_16(built, 0x1234);
	put_16(built, fragment);
	put_8(built, 64);
	put_8(built, protocol);
	put_16(built, 0);
	put(built, client.bytes + 12, 4);
	put(built, server.bytes + 12, 4);
}

static inline void put_ipv6(struct built *built, unsigned int next_header, size_t length)
{
	struct address client = address_of(CLIENT_IPV6);
	struct address server = address_of(SERVER_IPV6);

	put_32(built, 0x60000000);
	put_16(built, (unsigned int)length);
	put_8(built, next_header);
	put_8(built, 64);
	put(built, client.bytes, 16);
	put(built, server.bytes, 16);
}

/* `options`: bytes of them, a multiple of 4. */
static inline void put_tcp(struct built *built, unsigned int from, unsigned int to, size_t options, const char *payload)
{
	put_16(built, from);
	put_16(built, to);
	put_32(built, 0x01020304);
	put_32(built, 0xfffefdfc);
	put_8(built, (unsigned int)(TCP_HEADER + options) / 4 << 4);
	put_8(built, 0x18);
	put_16(built, 512);
	put_32(built, 0);
	for (size_t i = 0; i < options; i++)
		put_8(built, 1);
	put(built, payload, strlen(payload));
}

static inline void put_udp(struct built *built, unsigned int from, unsigned int to, const char *payload)
{
	put_16(built, from);
	put_16(built, to);
	put_16(built, (unsigned int)(UDP_HEADER + strlen(payload)));
	put_16(built, 0);
	put(built, payload, strlen(payload));
}

/* A whole packet of one link type, version and payload, from port 40000 to `port`. */
static inline void build_tcp(struct built *built, int link_type, unsigned int type, unsigned int port,
			     const char *payload)
{
	size_t length = TCP_HEADER + strlen(payload);

	built->size = 0;
	put_link(built, link_type, type);
	if (type == TYPE_IPV4)
		put_ipv4(built, IPPROTO_TCP, length, 0x4000);
	else
		put_ipv6(built, IPPROTO_TCP, length);
	put_tcp(built, 40000, port, 0, payload);
}

static inline struct frame frame_of(const struct built *built)
{
	return (struct frame){.wall_ns = 1, .bytes = built->bytes, .size = built->size, .length = built->size};
}

#endif
