// SPDX-License-Identifier: GPL-2.0-only
#include "capture/network.h"

#include "capture/frame_builder.h"

#include <errno.h>

#define PAYLOAD "0123456789abcdef"
#define PAYLOAD_SIZE (sizeof(PAYLOAD) - 1)

/* As if `length` bytes had been on the wire, at least those that were built. */
static int read_long(const struct built *built, size_t length, struct datagram *ret_datagram)
{
	struct span packet = {built->bytes, built->size, length > built->size ? length : built->size};

	return network_read(built->bytes[0] >> 4 == 6 ? 6 : 4, packet, ret_datagram);
}

static int read_built(const struct built *built, struct datagram *ret_datagram)
{
	return read_long(built, 0, ret_datagram);
}

static void assert_payload(const struct datagram *datagram, const char *payload)
{
	assert_int_equal(datagram->payload.size, strlen(payload));
	assert_int_equal(datagram->payload.length, strlen(payload));
	assert_memory_equal(datagram->payload.bytes, payload, strlen(payload));
}

static struct built ipv4_packet(void)
{
	struct built built = {.size = 0};

	put_ipv4(&built, IPPROTO_TCP, PAYLOAD_SIZE, 0x4000);
	put(&built, PAYLOAD, PAYLOAD_SIZE);
	return built;
}

static void test_ipv4(void **state)
{
	struct built built = ipv4_packet();
	struct address client = address_of(CLIENT_IPV4);
	struct address server = address_of(SERVER_IPV4);
	struct datagram datagram;

	(void)state;
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_memory_equal(&datagram.source, &client, sizeof(client));
	assert_memory_equal(&datagram.destination, &server, sizeof(server));
	assert_int_equal(datagram.protocol, IPPROTO_TCP);
	assert_false(datagram.is_fragment);
	assert_false(datagram.is_ipv6);
	assert_payload(&datagram, PAYLOAD);

	/* What pads a short Ethernet frame is no payload. */
	put(&built, "padding", 7);
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_payload(&datagram, PAYLOAD);
}

static void test_ipv4_options(void **state)
{
	struct datagram datagram;

	(void)state;
	for (unsigned int words = 0; words < 16; words++) {
		struct built built = {.size = 0};

		put_ipv4(&built, IPPROTO_UDP, PAYLOAD_SIZE + 40, 0);
		put_zeros(&built, 40);
		put(&built, PAYLOAD, PAYLOAD_SIZE);
		built.bytes[0] = (uint8_t)(0x40 | words);
		assert_int_equal(read_built(&built, &datagram), words < 5 ? -EBADMSG : 0);
		if (words >= 5)
			assert_int_equal(datagram.payload.size, PAYLOAD_SIZE + 40 + 20 - words * 4);
		if (words == 15)
			assert_payload(&datagram, PAYLOAD);
	}
}

static void test_ipv4_lengths(void **state)
{
	struct built built = ipv4_packet();
	struct datagram datagram;

	(void)state;
	for (unsigned int length = 0; length < 64; length++) {
		built.bytes[3] = (uint8_t)length;
		int expected = length >= IPV4_HEADER && length <= IPV4_HEADER + PAYLOAD_SIZE ? 0 : -EBADMSG;
		assert_int_equal(read_built(&built, &datagram), expected);
		if (!expected)
			assert_int_equal(datagram.payload.length, length - IPV4_HEADER);
	}
	/* Segments that are still one: the frame is as long as it says. */
	built.bytes[3] = 0;
	assert_int_equal(read_long(&built, 100000, &datagram), 0);
	assert_int_equal(datagram.payload.size, PAYLOAD_SIZE);
	assert_int_equal(datagram.payload.length, 100000 - IPV4_HEADER);
	assert_int_equal(read_long(&built, 1501, &datagram), 0);
	assert_int_equal(read_long(&built, 1500, &datagram), -EBADMSG);
	built.bytes[6] = 0x20;
	assert_int_equal(read_long(&built, 100000, &datagram), -EBADMSG);
}

static void test_ipv4_cut(void **state)
{
	struct built built = ipv4_packet();
	struct datagram datagram;
	size_t whole = built.size;

	(void)state;
	for (built.size = 1; built.size < whole; built.size++) {
		assert_int_equal(read_long(&built, whole, &datagram), built.size < IPV4_HEADER ? -EBADMSG : 0);
		if (built.size < IPV4_HEADER)
			continue;
		assert_int_equal(datagram.payload.size, built.size - IPV4_HEADER);
		assert_int_equal(datagram.payload.length, PAYLOAD_SIZE);
	}
}

static void test_ipv4_protocols(void **state)
{
	struct datagram datagram;

	(void)state;
	for (unsigned int protocol = 0; protocol < 256; protocol++) {
		struct built built = ipv4_packet();

		built.bytes[9] = (uint8_t)protocol;
		if (protocol == IPPROTO_AH)
			continue;
		int expected = protocol == IPPROTO_TCP || protocol == IPPROTO_UDP ? 0 : -EPROTO;
		assert_int_equal(read_built(&built, &datagram), expected);
		built.bytes[6] = 0x20;
		assert_int_equal(read_built(&built, &datagram), expected);
	}
}

static void test_ipv4_fragment(void **state)
{
	struct built built = {.size = 0};
	struct datagram datagram;

	(void)state;
	put_ipv4(&built, IPPROTO_TCP, PAYLOAD_SIZE, 0x2000 | 0x1fff);
	put(&built, PAYLOAD, PAYLOAD_SIZE);
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_true(datagram.is_fragment);
	assert_true(datagram.has_more);
	assert_int_equal(datagram.offset, 65528);
	assert_int_equal(datagram.identification, 0x1234);
	built.bytes[6] = 0;
	built.bytes[7] = 1;
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_true(datagram.is_fragment);
	assert_false(datagram.has_more);
	assert_int_equal(datagram.offset, 8);
	/* The bit that is reserved and the one that forbids fragments make none. */
	built.bytes[6] = 0xc0;
	built.bytes[7] = 0;
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_false(datagram.is_fragment);
}

/* An IPv6 packet of extension headers, the first `next`, each 8 bytes but for AH with 12; the last one says TCP. */
static struct built ipv6_packet(const uint8_t *extensions, size_t count)
{
	struct built built = {.size = 0};

	put_ipv6(&built, count > 0 ? extensions[0] : IPPROTO_TCP, 0);
	for (size_t i = 0; i < count; i++) {
		put_8(&built, i + 1 < count ? extensions[i + 1] : IPPROTO_TCP);
		put_8(&built, extensions[i] == IPPROTO_AH ? 1 : 0);
		put_zeros(&built, extensions[i] == IPPROTO_AH ? 10 : 6);
	}
	put(&built, PAYLOAD, PAYLOAD_SIZE);
	built.bytes[5] = (uint8_t)(built.size - IPV6_HEADER);
	return built;
}

static void test_ipv6(void **state)
{
	struct built built = ipv6_packet(NULL, 0);
	struct address client = address_of(CLIENT_IPV6);
	struct address server = address_of(SERVER_IPV6);
	struct datagram datagram;

	(void)state;
	put(&built, "padding", 7);
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_memory_equal(&datagram.source, &client, sizeof(client));
	assert_memory_equal(&datagram.destination, &server, sizeof(server));
	assert_int_equal(datagram.protocol, IPPROTO_TCP);
	assert_false(datagram.is_fragment);
	assert_true(datagram.is_ipv6);
	assert_payload(&datagram, PAYLOAD);

	built.bytes[5] = 0;
	assert_int_equal(read_long(&built, 200000, &datagram), 0);
	assert_int_equal(datagram.payload.length, 200000 - IPV6_HEADER);
	built.bytes[5] = 200;
	assert_int_equal(read_built(&built, &datagram), -EBADMSG);
	built.size = IPV6_HEADER - 1;
	assert_int_equal(read_long(&built, 100, &datagram), -EBADMSG);
}

static void test_ipv6_extensions(void **state)
{
	static const uint8_t all[] = {0, 60, 43, 44, 51, 60};
	static const uint8_t eight[] = {60, 60, 60, 60, 60, 60, 60, 60};
	static const uint8_t options_second[] = {60, 0};
	static const uint8_t options_twice[] = {0, 0};
	static const uint8_t fragment_twice[] = {44, 44};
	static const uint8_t encrypted[] = {50};
	static const struct {
		const uint8_t *extensions;
		size_t count;
		int expected;
	} cases[] = {
		{all, 1, 0},
		{all, 2, 0},
		{all, 6, 0},
		{eight, 7, 0},
		{eight, 8, -EBADMSG},
		{options_second, 2, -EPROTO},
		{options_twice, 2, -EPROTO},
		{fragment_twice, 2, -EPROTO},
		{encrypted, 1, -EPROTO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct built built = ipv6_packet(cases[i].extensions, cases[i].count);
		struct datagram datagram;
		size_t whole = built.size;

		assert_int_equal(read_built(&built, &datagram), cases[i].expected);
		if (cases[i].expected)
			continue;
		assert_payload(&datagram, PAYLOAD);
		/* A header that is cut hides what is behind it. */
		for (built.size = IPV6_HEADER; built.size < whole - PAYLOAD_SIZE; built.size++)
			assert_int_equal(read_long(&built, whole, &datagram), -EBADMSG);
	}
}

static void test_ipv6_extension_sizes(void **state)
{
	static const uint8_t options[] = {60};
	static const uint8_t authentication[] = {51};
	struct built built = ipv6_packet(options, 1);
	struct datagram datagram;

	(void)state;
	built.bytes[IPV6_HEADER + 1] = 2;
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_payload(&datagram, "");
	built.bytes[IPV6_HEADER + 1] = 3;
	assert_int_equal(read_built(&built, &datagram), -EBADMSG);
	built.bytes[IPV6_HEADER + 1] = 255;
	assert_int_equal(read_built(&built, &datagram), -EBADMSG);

	built = ipv6_packet(authentication, 1);
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_payload(&datagram, PAYLOAD);
	built.bytes[IPV6_HEADER + 1] = 5;
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_payload(&datagram, "");
	built.bytes[IPV6_HEADER + 1] = 6;
	assert_int_equal(read_built(&built, &datagram), -EBADMSG);
}

/* An IPv4 address in an IPv6 header would be taken for the IPv4 one. */
static void test_ipv6_mapped(void **state)
{
	struct address mapped = address_of(SERVER_IPV4);

	(void)state;
	for (size_t offset = 8; offset <= 24; offset += 16) {
		struct built built = ipv6_packet(NULL, 0);
		struct datagram datagram;

		memcpy(built.bytes + offset, mapped.bytes, sizeof(mapped.bytes));
		assert_int_equal(read_built(&built, &datagram), -EBADMSG);
	}
}

static void test_ipv6_fragment(void **state)
{
	static const uint8_t extensions[] = {44};
	struct built built = ipv6_packet(extensions, 1);
	uint8_t *header = built.bytes + IPV6_HEADER;
	struct datagram datagram;

	(void)state;
	/* The whole in one fragment is taken as it is. */
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_false(datagram.is_fragment);
	assert_payload(&datagram, PAYLOAD);

	memcpy(header + 2, "\x05\xa9\xde\xad\xbe\xef", 6);
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_true(datagram.is_fragment);
	assert_true(datagram.has_more);
	assert_int_equal(datagram.offset, 0x5a8);
	assert_int_equal(datagram.identification, 0xdeadbeef);
	assert_payload(&datagram, PAYLOAD);
	/* The bits between offset and flag mean nothing. */
	header[3] = 0x06;
	header[2] = 0;
	assert_int_equal(read_built(&built, &datagram), 0);
	assert_false(datagram.is_fragment);
	header[3] = 1;
	header[0] = 58;
	assert_int_equal(read_built(&built, &datagram), -EPROTO);
}

/* The datagram that was joined begins with what the first fragment said. */
static void test_joined(void **state)
{
	static const uint8_t extensions[] = {60, 51};
	static const uint8_t fragment[] = {60, 44};
	struct built built = ipv6_packet(extensions, 2);
	struct datagram datagram = {.is_ipv6 = true, .protocol = 60};

	(void)state;
	datagram.payload = (struct span){built.bytes + IPV6_HEADER, built.size - IPV6_HEADER, built.size - IPV6_HEADER};
	assert_int_equal(network_read_joined(&datagram), 0);
	assert_int_equal(datagram.protocol, IPPROTO_TCP);
	assert_payload(&datagram, PAYLOAD);

	built = ipv6_packet(fragment, 2);
	built.bytes[IPV6_HEADER + 8 + 3] = 1;
	datagram = (struct datagram){.is_ipv6 = true, .protocol = 60};
	datagram.payload = (struct span){built.bytes + IPV6_HEADER, built.size - IPV6_HEADER, built.size - IPV6_HEADER};
	assert_int_equal(network_read_joined(&datagram), -EBADMSG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv4_options),
		cmocka_unit_test(test_ipv4_lengths),
		cmocka_unit_test(test_ipv4_cut),
		cmocka_unit_test(test_ipv4_protocols),
		cmocka_unit_test(test_ipv4_fragment),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_ipv6_extensions),
		cmocka_unit_test(test_ipv6_extension_sizes),
		cmocka_unit_test(test_ipv6_mapped),
		cmocka_unit_test(test_ipv6_fragment),
		cmocka_unit_test(test_joined),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
