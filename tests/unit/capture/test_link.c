// SPDX-License-Identifier: GPL-2.0-only
#include "capture/link.h"

#include "capture/frame_builder.h"

#include <errno.h>

#define ARPHRD_ETHERNET 1
#define ARPHRD_LOOPBACK 772

static int read_built(int link_type, const struct built *built, struct link_header *ret_header)
{
	return link_find(link_type)((struct span){built->bytes, built->size, built->size}, ret_header);
}

static void test_unknown(void **state)
{
	static const int link_types[] = {-1, 9, 14, 105, 109, 127, 147, 253, 1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(link_types); i++)
		assert_null(link_find(link_types[i]));
}

/* The bytes behind the header are the packet, in each of them; one byte less than the header is none. */
static void test_headers(void **state)
{
	static const struct {
		int link_type;
		size_t size;
	} links[] = {
		{LINK_NULL, 4},  {LINK_LOOP, 4}, {LINK_ETHERNET, 14}, {LINK_SLL, 16},
		{LINK_SLL2, 20}, {LINK_RAW, 0},  {LINK_IPV4, 0},      {LINK_IPV6, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		for (unsigned int version = 4; version <= 6; version += 2) {
			struct built built = {.size = 0};
			struct link_header header;

			put_link(&built, links[i].link_type, version == 4 ? TYPE_IPV4 : TYPE_IPV6);
			assert_int_equal(built.size, links[i].size);
			put_8(&built, version << 4);
			assert_int_equal(read_built(links[i].link_type, &built, &header), 0);
			assert_int_equal(header.ip_version, version);
			assert_ptr_equal(header.packet.bytes, built.bytes + links[i].size);
			assert_int_equal(header.packet.size, 1);
			assert_int_equal(header.packet.length, 1);
			for (built.size = 0; built.size < links[i].size || built.size == 0; built.size++)
				assert_int_equal(read_built(links[i].link_type, &built, &header), -EBADMSG);
		}
	}
}

static void test_what_is_not_ip(void **state)
{
	static const int cooked[] = {LINK_ETHERNET, LINK_SLL, LINK_SLL2};
	static const unsigned int types[] = {0x0806, 0x0004, 0x05dc, 0x8864, 0x88cc, 0x0000, 0xffff};
	struct link_header header;
	struct built built = {.size = 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cooked); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(types); j++) {
			built.size = 0;
			put_link(&built, cooked[i], types[j]);
			put_zeros(&built, 40);
			assert_int_equal(read_built(cooked[i], &built, &header), -EPROTO);
		}
	}
	built.size = 0;
	put_8(&built, 0x75);
	assert_int_equal(read_built(LINK_RAW, &built, &header), -EPROTO);
	built.size = 0;
	put_32(&built, 7);
	assert_int_equal(read_built(LINK_LOOP, &built, &header), -EPROTO);
}

static void test_families(void **state)
{
	static const struct {
		const char *bytes;
		unsigned int version;
	} families[] = {{"\2\0\0\0", 4},   {"\0\0\0\2", 4},   {"\x0a\0\0\0", 6},
			{"\0\0\0\x18", 6}, {"\x1c\0\0\0", 6}, {"\0\0\0\x1e", 6}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct built built = {.size = 0};
		struct link_header header;

		put(&built, families[i].bytes, 4);
		assert_int_equal(read_built(LINK_NULL, &built, &header), 0);
		assert_int_equal(header.ip_version, families[i].version);
	}
}

static void test_ways(void **state)
{
	static const struct {
		unsigned int packet_type, hardware;
		enum packet_way way;
	} ways[] = {
		{0, ARPHRD_ETHERNET, PACKET_WAY_INCOMING}, {1, ARPHRD_ETHERNET, PACKET_WAY_INCOMING},
		{2, ARPHRD_ETHERNET, PACKET_WAY_INCOMING}, {3, ARPHRD_ETHERNET, PACKET_WAY_INCOMING},
		{4, ARPHRD_ETHERNET, PACKET_WAY_OUTGOING}, {5, ARPHRD_ETHERNET, PACKET_WAY_UNKNOWN},
		{0, ARPHRD_LOOPBACK, PACKET_WAY_OUTGOING}, {4, ARPHRD_LOOPBACK, PACKET_WAY_OUTGOING},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct built built = {.size = 0};
		struct link_header header;

		put_sll(&built, ways[i].packet_type, ways[i].hardware, TYPE_IPV4);
		assert_int_equal(read_built(LINK_SLL, &built, &header), 0);
		assert_int_equal(header.way, ways[i].way);
		assert_int_equal(header.interface, 0);
		built.size = 0;
		put_sll2(&built, ways[i].packet_type, ways[i].hardware, TYPE_IPV4);
		assert_int_equal(read_built(LINK_SLL2, &built, &header), 0);
		assert_int_equal(header.way, ways[i].way);
		assert_int_equal(header.interface, 7);
	}
}

/* Where the sender's address stands, and how long its length says it is. */
static void test_macs(void **state)
{
	static const struct {
		int link_type;
		size_t mac, mac_length;
	} links[] = {{LINK_ETHERNET, 6, 0}, {LINK_SLL, 6, 5}, {LINK_SLL2, 12, 11}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct built built = {.size = 0};
		struct link_header header;

		put_link(&built, links[i].link_type, TYPE_IPV6);
		assert_int_equal(read_built(links[i].link_type, &built, &header), 0);
		assert_memory_equal(header.mac, CLIENT_MAC, 6);
		if (links[i].mac_length > 0) {
			built.bytes[links[i].mac_length] = 8;
			assert_int_equal(read_built(links[i].link_type, &built, &header), 0);
			assert_null(header.mac);
			built.bytes[links[i].mac_length] = 6;
		}
		memset(built.bytes + links[i].mac, 0, 6);
		assert_int_equal(read_built(links[i].link_type, &built, &header), 0);
		assert_null(header.mac);
	}
}

static void test_vlan_tags(void **state)
{
	static const int cooked[] = {LINK_ETHERNET, LINK_SLL, LINK_SLL2};
	static const unsigned int tags[] = {0x88a8, 0x8100, 0x9100, 0x8100, 0x8100};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cooked); i++) {
		for (size_t count = 1; count <= ARRAY_SIZE(tags); count++) {
			struct built built = {.size = 0};
			struct link_header header;

			put_link(&built, cooked[i], tags[0]);
			size_t link_size = built.size;
			for (size_t tag = 1; tag <= count; tag++) {
				put_16(&built, 25);
				put_16(&built, tag < count ? tags[tag] : TYPE_IPV6);
			}
			size_t size = built.size;
			put_8(&built, 0x60);
			/* Four are followed. */
			assert_int_equal(read_built(cooked[i], &built, &header), count <= 4 ? 0 : -EPROTO);
			if (count > 4)
				continue;
			assert_int_equal(header.ip_version, 6);
			assert_ptr_equal(header.packet.bytes, built.bytes + size);
			for (built.size = link_size; built.size < size; built.size++)
				assert_int_equal(read_built(cooked[i], &built, &header), -EBADMSG);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown),   cmocka_unit_test(test_headers), cmocka_unit_test(test_what_is_not_ip),
		cmocka_unit_test(test_families),  cmocka_unit_test(test_ways),    cmocka_unit_test(test_macs),
		cmocka_unit_test(test_vlan_tags),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
