// SPDX-License-Identifier: GPL-2.0-only
#include "capture/packet.h"

#include "capture/frame_builder.h"

#include <errno.h>
#include <netinet/tcp.h>

#define TEXT "EHLO shop42.example\r\n"

static const int link_types[] = {LINK_NULL, LINK_ETHERNET, LINK_RAW,  LINK_LOOP,
				 LINK_SLL,  LINK_IPV4,     LINK_IPV6, LINK_SLL2};

static int decode(struct packet_decoder *decoder, const struct built *built, struct packet *ret_packet)
{
	struct frame frame = frame_of(built);

	return packet_decode(decoder, &frame, ret_packet);
}

/* A payload that lies in its frame, or in the decoder. */
static void assert_payload(const struct packet *packet, const char *payload)
{
	assert_int_equal(packet->payload_size, strlen(payload));
	assert_int_equal(packet->payload_length, strlen(payload));
	assert_memory_equal(packet->payload, payload, strlen(payload));
	if (packet->payload_offset < packet->frame.size)
		assert_ptr_equal(packet->payload, packet->frame.bytes + packet->payload_offset);
}

static void test_links(void **state)
{
	static struct built built;

	(void)state;
	assert_false(packet_knows_link(105));
	assert_null(packet_decoder_new(105));
	for (size_t i = 0; i < ARRAY_SIZE(link_types); i++) {
		_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder =
			packet_decoder_new(link_types[i]);
		bool is_cooked = link_types[i] == LINK_SLL || link_types[i] == LINK_SLL2;
		struct packet packet;

		assert_true(packet_knows_link(link_types[i]));
		build_tcp(&built, link_types[i], TYPE_IPV6, 25, TEXT);
		struct frame frame = frame_of(&built);
		assert_int_equal(packet_decode(decoder, &frame, &packet), 0);
		assert_payload(&packet, TEXT);
		assert_memory_equal(&packet.frame, &frame, sizeof(frame));
		assert_int_equal(packet.payload_offset, built.size - strlen(TEXT));
		assert_int_equal(packet.interface, link_types[i] == LINK_SLL2 ? 7 : 0);
		assert_int_equal(packet.way, is_cooked ? PACKET_WAY_OUTGOING : PACKET_WAY_UNKNOWN);
		assert_int_equal(packet.has_mac, is_cooked || link_types[i] == LINK_ETHERNET);
		if (packet.has_mac)
			assert_memory_equal(packet.mac, CLIENT_MAC, sizeof(packet.mac));
	}
}

static void test_tcp(void **state)
{
	static struct built built;
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_ETHERNET);
	struct packet packet;
	char text[ENDPOINT_TEXT_SIZE];

	(void)state;
	build_tcp(&built, LINK_ETHERNET, TYPE_IPV4, 587, TEXT);
	put(&built, "padding", 7);
	struct frame frame = frame_of(&built);
	frame.wall_ns = UINT64_MAX;
	assert_int_equal(packet_decode(decoder, &frame, &packet), 0);
	assert_int_equal(packet.wall_ns, UINT64_MAX);
	assert_int_equal(packet.protocol, IPPROTO_TCP);
	assert_string_equal(endpoint_format(&packet.source, text), CLIENT_IPV4 ":40000");
	assert_string_equal(endpoint_format(&packet.destination, text), SERVER_IPV4 ":587");
	assert_int_equal(packet.sequence, 0x01020304);
	assert_int_equal(packet.acknowledgement, 0xfffefdfc);
	assert_int_equal(packet.flags, TH_PUSH | TH_ACK);
	assert_payload(&packet, TEXT);
}

static void test_tcp_header_sizes(void **state)
{
	static struct built built;
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_RAW);

	(void)state;
	for (unsigned int words = 0; words < 16; words++) {
		struct packet packet;

		built.size = 0;
		put_ipv4(&built, IPPROTO_TCP, TCP_HEADER + 36, 0);
		put_tcp(&built, 1, 2, 36, "");
		built.bytes[IPV4_HEADER + 12] = (uint8_t)(words << 4 | 0x0f);
		/* 14 words are all that the packet has. */
		assert_int_equal(decode(decoder, &built, &packet), words >= 5 && words <= 14 ? 0 : -EBADMSG);
		if (words >= 5 && words <= 14)
			assert_int_equal(packet.payload_length, 56 - words * 4);
	}
}

static void test_udp(void **state)
{
	static struct built built;
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_RAW);

	(void)state;
	built.size = 0;
	put_ipv6(&built, IPPROTO_UDP, UDP_HEADER + 6);
	put_udp(&built, 53, 40000, "answer");
	for (unsigned int length = 0; length < 20; length++) {
		struct packet packet;

		built.bytes[IPV6_HEADER + 5] = (uint8_t)length;
		assert_int_equal(decode(decoder, &built, &packet), length >= 8 && length <= 14 ? 0 : -EBADMSG);
		if (length < 8 || length > 14)
			continue;
		assert_int_equal(packet.protocol, IPPROTO_UDP);
		assert_int_equal(packet.source.port, 53);
		assert_int_equal(packet.destination.port, 40000);
		assert_int_equal(packet.payload_length, length - 8);
		assert_int_equal(packet.payload_size, length - 8);
		assert_int_equal(packet.sequence, 0);
		assert_int_equal(packet.flags, 0);
	}
}

static void test_udp_cut(void **state)
{
	static struct built built;
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_RAW);

	(void)state;
	built.size = 0;
	put_ipv4(&built, IPPROTO_UDP, UDP_HEADER + 6, 0);
	put_udp(&built, 53, 40000, "answer");
	for (size_t size = 1; size <= built.size; size++) {
		_cleanup_free_ uint8_t *bytes = malloc(size);
		struct frame frame = {.bytes = bytes, .size = size, .length = built.size};
		struct packet packet;

		memcpy(bytes, built.bytes, size);
		assert_int_equal(packet_decode(decoder, &frame, &packet), size < 28 ? -EBADMSG : 0);
		if (size < 28)
			continue;
		assert_int_equal(packet.payload_size, size - 28);
		assert_int_equal(packet.payload_length, 6);
	}
}

/* IPv4 options that were not captured hide the ports. */
static void test_cut_in_ipv4_options(void **state)
{
	static struct built built;
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_RAW);

	(void)state;
	built.size = 0;
	put_ipv4(&built, IPPROTO_TCP, 40 + TCP_HEADER, 0);
	built.bytes[0] = 0x4f;
	put_zeros(&built, 40);
	put_tcp(&built, 40000, 25, 0, "");
	for (size_t size = IPV4_HEADER; size <= built.size; size++) {
		_cleanup_free_ uint8_t *bytes = malloc(size);
		struct frame frame = {.bytes = bytes, .size = size, .length = built.size};
		struct packet packet;

		memcpy(bytes, built.bytes, size);
		assert_int_equal(packet_decode(decoder, &frame, &packet), size < built.size ? -EBADMSG : 0);
	}
}

/* Each frame cut at each byte: what is captured of the payload is never more than there is, and the rest is known. */
static void test_cut(void **state)
{
	static struct built built;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(link_types); i++) {
		_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder =
			packet_decoder_new(link_types[i]);

		build_tcp(&built, link_types[i], TYPE_IPV6, 25, TEXT);
		size_t headers = built.size - strlen(TEXT);
		for (size_t size = 0; size <= built.size; size++) {
			_cleanup_free_ uint8_t *bytes = malloc(size + !size);
			struct frame frame = {.bytes = bytes, .size = size, .length = built.size};
			struct packet packet;

			memcpy(bytes, built.bytes, size);
			assert_int_equal(packet_decode(decoder, &frame, &packet), size < headers ? -EBADMSG : 0);
			if (size < headers)
				continue;
			assert_int_equal(packet.payload_size, size - headers);
			assert_int_equal(packet.payload_length, strlen(TEXT));
			assert_int_equal(packet.payload_offset, headers);
			assert_ptr_equal(packet.payload, bytes + headers);
		}
	}
}

/* TCP options that were not captured: the payload is known by its length. */
static void test_cut_in_options(void **state)
{
	static struct built built;
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_RAW);
	struct packet packet;

	(void)state;
	built.size = 0;
	put_ipv4(&built, IPPROTO_TCP, TCP_HEADER + 12 + 5, 0);
	put_tcp(&built, 1, 2, 12, "");
	struct frame frame = {.bytes = built.bytes, .size = built.size - 3, .length = built.size + 5};
	assert_int_equal(packet_decode(decoder, &frame, &packet), 0);
	assert_int_equal(packet.payload_size, 0);
	assert_int_equal(packet.payload_length, 5);
	assert_int_equal(packet.payload_offset, frame.size);
}

static void put_fragment_header(struct built *built, unsigned int next_header, unsigned int offset_and_flag)
{
	put_8(built, next_header);
	put_8(built, 0);
	put_16(built, offset_and_flag);
	put_32(built, 42);
}

/* The TCP header itself in pieces of 8 bytes, the last first; of IPv6 with options in front of it. */
static void test_fragments(void **state)
{
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_RAW);
	struct built segment = {.size = 0};
	static struct built built;

	(void)state;
	for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		struct packet packet;

		segment.size = 0;
		if (is_ipv6) {
			put_8(&segment, IPPROTO_TCP);
			put_zeros(&segment, 7);
		}
		put_tcp(&segment, 40000, 25, 0, TEXT);
		for (size_t offset = segment.size / 8 * 8 + 8; offset > 0; offset -= 8) {
			size_t at = offset - 8;
			size_t size = segment.size - at < 8 ? segment.size - at : 8;
			bool has_more = at + size < segment.size;

			built.size = 0;
			if (is_ipv6) {
				put_ipv6(&built, IPPROTO_FRAGMENT, FRAGMENT_HEADER + size);
				put_fragment_header(&built, IPPROTO_DSTOPTS, (unsigned int)at | has_more);
			} else {
				put_ipv4(&built, IPPROTO_TCP, size, (unsigned int)(at / 8 | (has_more ? 0x2000 : 0)));
			}
			put(&built, segment.bytes + at, size);
			assert_int_equal(decode(decoder, &built, &packet), at == 0 ? 0 : -EAGAIN);
		}
		assert_payload(&packet, TEXT);
		assert_int_equal(packet.payload_offset, packet.frame.size);
		assert_int_equal(packet.source.port, 40000);
		assert_int_equal(packet.destination.port, 25);
		assert_int_equal(packet.sequence, 0x01020304);
	}
}

/* Joined to less than a header, and to what is no TCP. */
static void test_bad_joined(void **state)
{
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_RAW);
	static struct built built;
	struct packet packet;

	(void)state;
	for (unsigned int last = 0; last < 2; last++) {
		built.size = 0;
		put_ipv4(&built, IPPROTO_TCP, 8, last ? 1 : 0x2000);
		put(&built, "\x9c\x40\0\x19....", 8);
		assert_int_equal(decode(decoder, &built, &packet), last ? -EBADMSG : -EAGAIN);
	}
	for (unsigned int last = 0; last < 2; last++) {
		built.size = 0;
		put_ipv6(&built, IPPROTO_FRAGMENT, FRAGMENT_HEADER + 8);
		put_fragment_header(&built, IPPROTO_DSTOPTS, last ? 8 : 1);
		put_8(&built, IPPROTO_ICMPV6);
		put_zeros(&built, 7);
		assert_int_equal(decode(decoder, &built, &packet), last ? -EPROTO : -EAGAIN);
	}
}

static void test_not_ours(void **state)
{
	_cleanup_(cleanup_packet_decoder_free) struct packet_decoder *decoder = packet_decoder_new(LINK_ETHERNET);
	static struct built built;
	struct packet packet = {.wall_ns = 99};

	(void)state;
	built.size = 0;
	put_ethernet(&built, 0x0806);
	put_zeros(&built, 28);
	assert_int_equal(decode(decoder, &built, &packet), -EPROTO);
	/* The link layer says IPv6 and the packet IPv4. */
	build_tcp(&built, LINK_ETHERNET, TYPE_IPV4, 25, TEXT);
	memcpy(built.bytes + 12, "\x86\xdd", 2);
	assert_int_equal(decode(decoder, &built, &packet), -EBADMSG);
	build_tcp(&built, LINK_ETHERNET, TYPE_IPV4, 25, TEXT);
	built.bytes[14] = 0x65;
	assert_int_equal(decode(decoder, &built, &packet), -EBADMSG);
	assert_int_equal(packet.wall_ns, 99);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_tcp_header_sizes),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_udp_cut),
		cmocka_unit_test(test_cut_in_ipv4_options),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_in_options),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_bad_joined),
		cmocka_unit_test(test_not_ours),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
