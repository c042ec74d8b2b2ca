// SPDX-License-Identifier: GPL-2.0-only
#include "lib/address.h"

#include "lib/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define IPV4_NETWORK_BITS (96 + 24)
#define IPV6_NETWORK_BITS 48

#define ADDRESS_BITS 128
#define MAPPED_BITS 96 /* of ::ffff:0:0/96 */

static const uint8_t mapped_prefix[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

struct address address_from_ipv4(const void *bytes)
{
	struct address address;

	memcpy(address.bytes, mapped_prefix, sizeof(mapped_prefix));
	memcpy(address.bytes + sizeof(mapped_prefix), bytes, sizeof(address.bytes) - sizeof(mapped_prefix));
	return address;
}

bool address_is_ipv4(const struct address *address)
{
	return memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool address_is_loopback(const struct address *address)
{
	if (address_is_ipv4(address))
		return address->bytes[sizeof(mapped_prefix)] == 127;
	return memcmp(address->bytes, &in6addr_loopback, sizeof(address->bytes)) == 0;
}

/* Writes digits and no NUL. Returns where they end. */
static char *put_number(char *at, unsigned int number)
{
	char digits[10];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	while (count > 0)
		*at++ = digits[--count];
	return at;
}

/* By hand, as each line and each key of a counter has one: inet_ntop() goes through printf(). */
static void format_ipv4(const uint8_t bytes[4], char text[ADDRESS_TEXT_SIZE])
{
	char *at = put_number(text, bytes[0]);

	for (int i = 1; i < 4; i++) {
		*at++ = '.';
		at = put_number(at, bytes[i]);
	}
	*at = '\0';
}

const char *address_format(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
	if (address_is_ipv4(address))
		format_ipv4(address->bytes + sizeof(mapped_prefix), text);
	else
		inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT_SIZE);
	return text;
}

const char *endpoint_format(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE])
{
	bool has_brackets = endpoint->port != 0 && !address_is_ipv4(&endpoint->address);
	char *at = text;

	if (has_brackets)
		*at++ = '[';
	address_format(&endpoint->address, at);
	at += strlen(at);
	if (has_brackets)
		*at++ = ']';
	if (endpoint->port != 0) {
		*at++ = ':';
		at = put_number(at, endpoint->port);
	}
	*at = '\0';
	return text;
}

int address_parse(const char *text, struct address *ret_address)
{
	struct in_addr ipv4;
	struct address ipv6;

	if (inet_pton(AF_INET, text, &ipv4) == 1)
		*ret_address = address_from_ipv4(&ipv4);
	else if (inet_pton(AF_INET6, text, ipv6.bytes) == 1)
		*ret_address = ipv6;
	else
		return -EINVAL;
	return 0;
}

/* Bits of a network as they were written: those of an IPv4 network count from the mapped form's 96 on. */
static int parse_bits(const char *text, bool dotted, uint8_t *ret_length)
{
	unsigned int offset = dotted ? MAPPED_BITS : 0;
	uint64_t bits;
	int error = text_parse_number(text, 0, ADDRESS_BITS - offset, &bits);

	if (error)
		return -EINVAL;
	*ret_length = (uint8_t)(offset + bits);
	return 0;
}

int prefix_parse(const char *text, struct prefix *ret_prefix)
{
	char address_text[ADDRESS_TEXT_SIZE];
	size_t address_length = strcspn(text, "/");
	struct prefix prefix = {.length = ADDRESS_BITS};

	if (address_length >= sizeof(address_text))
		return -EINVAL;
	memcpy(address_text, text, address_length);
	address_text[address_length] = '\0';
	if (address_parse(address_text, &prefix.address))
		return -EINVAL;
	if (text[address_length] == '/') {
		bool dotted = strchr(address_text, ':') == NULL;

		if (parse_bits(text + address_length + 1, dotted, &prefix.length))
			return -EINVAL;
	}

	struct prefix network = prefix_of(&prefix.address, prefix.length);
	if (memcmp(&network.address, &prefix.address, sizeof(network.address)) != 0)
		return -EINVAL;
	*ret_prefix = prefix;
	return 0;
}

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
	struct prefix network = prefix_of(address, prefix->length);

	return memcmp(&network.address, &prefix->address, sizeof(network.address)) == 0;
}

struct prefix prefix_of(const struct address *address, uint8_t bits)
{
	struct prefix prefix = {.length = bits < ADDRESS_BITS ? bits : ADDRESS_BITS};
	size_t whole_bytes = prefix.length / 8;
	unsigned int rest = prefix.length % 8;

	memcpy(prefix.address.bytes, address->bytes, whole_bytes);
	if (rest > 0)
		prefix.address.bytes[whole_bytes] = (uint8_t)(address->bytes[whole_bytes] & (0xff00U >> rest));
	return prefix;
}

struct prefix address_network(const struct address *address)
{
	return prefix_of(address, address_is_ipv4(address) ? IPV4_NETWORK_BITS : IPV6_NETWORK_BITS);
}

const char *address_format_network(const struct address *address, char text[NETWORK_TEXT_SIZE])
{
	const struct prefix network = address_network(address);

	address_format(&network.address, text);
	memcpy(text + strlen(text), address_is_ipv4(address) ? "/24" : "/48", sizeof("/48"));
	return text;
}
