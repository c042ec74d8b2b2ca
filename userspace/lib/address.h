/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internet addresses in one form: 16 bytes in network order, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2),
 * so that a mapped address cannot be a second name for an IPv4 one.
 */
#ifndef SMTPWATCH_LIB_ADDRESS_H
#define SMTPWATCH_LIB_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct address {
	uint8_t bytes[16];
};

struct endpoint {
	struct address address;
	uint16_t port; /* host byte order, 0: not known */
};

/* A network: the first `length` of the address's 128 bits; an IPv4 /24 has 120. The rest is zero. */
struct prefix {
	struct address address;
	uint8_t length;
};

#define ADDRESS_TEXT_SIZE INET6_ADDRSTRLEN
#define ENDPOINT_TEXT_SIZE (INET6_ADDRSTRLEN + sizeof("[]:65535") - 1)

/* The mapped form of 4 bytes in network order. */
struct address address_from_ipv4(const void *bytes);

bool address_is_ipv4(const struct address *address);

/* 127.0.0.0/8 (RFC 1122 3.2.1.3) or ::1 (RFC 4291 2.5.3). */
bool address_is_loopback(const struct address *address);

/* "203.0.113.25", "2001:db8::1". Writes at most ADDRESS_TEXT_SIZE bytes. Returns `text`. */
const char *address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE]);

/* "203.0.113.25:25", "[2001:db8::1]:25"; without the port where it is not known. Returns `text`. */
const char *endpoint_format(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE]);

/* IPv4 or IPv6 in text, without a zone. Returns 0 or -EINVAL. */
int address_parse(const char *text, struct address *ret_address);

/* An address, or a network as ADDRESS/BITS whose bits behind the length are zero. 0 or -EINVAL. */
int prefix_parse(const char *text, struct prefix *ret_prefix);

bool prefix_contains(const struct prefix *prefix, const struct address *address);

/* The network of `bits` bits (of 128) that the address lies in. */
struct prefix prefix_of(const struct address *address, uint8_t bits);

/* What is counted as one destination: the IPv4 /24 or IPv6 /48 that the address lies in. */
struct prefix address_network(const struct address *address);

/* The same as a text: "203.0.113.0/24". Returns `text`. */
#define NETWORK_TEXT_SIZE (ADDRESS_TEXT_SIZE + sizeof("/48") - 1)
const char *address_format_network(const struct address *address, char text[NETWORK_TEXT_SIZE]);

#endif
