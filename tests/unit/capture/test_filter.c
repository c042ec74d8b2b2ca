// SPDX-License-Identifier: GPL-2.0-only
/* The filter's text, compiled by libpcap and asked about frames. */
#include "capture/source.h"

#include "capture/frame_builder.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <pcap/pcap.h>

#define TEXT_SIZE 4096
#define EHLO "EHLO shop42.example\r\n"

static const uint16_t ports[] = {25, 465, 587, 2525};
static const int link_types[] = {LINK_SLL2, LINK_SLL, LINK_ETHERNET};

static const struct source_filter plain = {.ports = ports, .port_count = ARRAY_SIZE(ports)};
static const struct source_filter with_names = {.ports = ports, .port_count = ARRAY_SIZE(ports), .names = true};
static const struct source_filter off_port = {.ports = ports, .port_count = ARRAY_SIZE(ports), .off_port = true};
static const struct source_filter everything = {
	.ports = ports, .port_count = ARRAY_SIZE(ports), .names = true, .off_port = true};
static const struct source_filter *const filters[] = {&plain, &with_names, &off_port, &everything};

static struct bpf_program compile(const struct source_filter *filter, int link_type)
{
	char text[TEXT_SIZE];
	pcap_t *pcap = pcap_open_dead(link_type, 65535);
	struct bpf_program program;

	assert_int_equal(source_filter_text(filter, text, sizeof(text)), 0);
	if (pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0)
		fail_msg("%s: %s", pcap_geterr(pcap), text);
	pcap_close(pcap);
	return program;
}

/* The IP packet that `ip` has, behind each link layer. */
static bool passes(const struct source_filter *filter, const struct built *ip)
{
	static struct built built;
	int passed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(link_types); i++) {
		struct bpf_program program = compile(filter, link_types[i]);

		built.size = 0;
		put_link(&built, link_types[i], ip->bytes[0] >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6);
		put(&built, ip->bytes, ip->size);
		const struct pcap_pkthdr header = {.caplen = (bpf_u_int32)built.size, .len = (bpf_u_int32)built.size};
		passed += pcap_offline_filter(&program, &header, built.bytes) != 0;
		pcap_freecode(&program);
	}
	assert_true(passed == 0 || passed == ARRAY_SIZE(link_types));
	return passed > 0;
}

static bool tcp_passes(const struct source_filter *filter, bool is_ipv6, unsigned int from, unsigned int to,
		       size_t options, const char *payload)
{
	static struct built ip;
	size_t length = TCP_HEADER + options + strlen(payload);

	ip.size = 0;
	if (is_ipv6)
		put_ipv6(&ip, IPPROTO_TCP, length);
	else
		put_ipv4(&ip, IPPROTO_TCP, length, 0x4000);
	put_tcp(&ip, from, to, options, payload);
	return passes(filter, &ip);
}

static bool udp_passes(const struct source_filter *filter, bool is_ipv6, unsigned int from, unsigned int to)
{
	static struct built ip;

	ip.size = 0;
	if (is_ipv6)
		put_ipv6(&ip, IPPROTO_UDP, UDP_HEADER + 4);
	else
		put_ipv4(&ip, IPPROTO_UDP, UDP_HEADER + 4, 0);
	put_udp(&ip, from, to, "EHLO");
	return passes(filter, &ip);
}

/* With payload and without, whatever else is looked for: a load behind the end must not refuse it. */
static void test_watched_ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		for (size_t port = 0; port < ARRAY_SIZE(ports); port++) {
			for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
				assert_true(tcp_passes(filters[i], is_ipv6, 40000, ports[port], 0, ""));
				assert_true(tcp_passes(filters[i], is_ipv6, ports[port], 40000, 20, ""));
				assert_true(tcp_passes(filters[i], is_ipv6, ports[port], 40000, 12, "220 x"));
				assert_false(udp_passes(filters[i], is_ipv6, 40000, ports[port]));
			}
		}
	}
}

static void test_other_ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
			assert_false(tcp_passes(filters[i], is_ipv6, 40000, 80, 0, "GET / HTTP/1.1\r\n"));
			assert_false(tcp_passes(filters[i], is_ipv6, 443, 40000, 0, ""));
			assert_false(tcp_passes(filters[i], is_ipv6, 21, 40000, 12, "220 ftp.example ready\r\n"));
			assert_false(tcp_passes(filters[i], is_ipv6, 40000, 21, 12, "USER anonymous\r\n"));
			assert_false(tcp_passes(filters[i], is_ipv6, 40000, 26, 0, "x"));
			assert_false(udp_passes(filters[i], is_ipv6, 40000, 123));
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
			assert_int_equal(udp_passes(filters[i], is_ipv6, 53, 40000), filters[i]->names);
			assert_int_equal(udp_passes(filters[i], is_ipv6, 40000, 53), filters[i]->names);
			assert_int_equal(tcp_passes(filters[i], is_ipv6, 53, 40000, 0, ""), filters[i]->names);
			assert_false(udp_passes(filters[i], is_ipv6, 40000, 5353));
		}
	}
}

static void test_greetings(void **state)
{
	static const struct {
		const char *payload;
		bool expected;
	} payloads[] = {
		{EHLO, true},
		{"ehlo shop42.example\r\n", true},
		{"HELO shop42.example\r\n", true},
		{"hElO x", true},
		{"EHLO ", true},
		{"EHLO", false},
		{"EHLO\r\n", false},
		{"EHLOX", false},
		{"EHLOX \r\n", false},
		{"HALO x\r\n", false},
		{"EELO x\r\n", false},
		{" EHLO x\r\n", false},
		{"250 EHLO x\r\n", false},
		{"\x05HLO x\r\n", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++)
		for (size_t j = 0; j < ARRAY_SIZE(payloads); j++)
			for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++)
				for (size_t options = 0; options <= 40; options += 20)
					assert_int_equal(tcp_passes(filters[i], is_ipv6, 40000, 2526, options,
								    payloads[j].payload),
							 payloads[j].expected && filters[i]->off_port);
}

/* IPv4 options move TCP, and UDP with the same bytes is none. */
static void test_greeting_behind_options(void **state)
{
	static struct built ip;

	(void)state;
	ip.size = 0;
	put_ipv4(&ip, IPPROTO_TCP, 8 + TCP_HEADER + 12 + strlen(EHLO), 0);
	ip.bytes[0] = 0x47;
	put_zeros(&ip, 8);
	put_tcp(&ip, 40000, 2526, 12, EHLO);
	assert_true(passes(&off_port, &ip));
	ip.bytes[9] = IPPROTO_UDP;
	assert_false(passes(&off_port, &ip));

	ip.size = 0;
	put_ipv6(&ip, IPPROTO_UDP, TCP_HEADER + strlen(EHLO));
	put_tcp(&ip, 40000, 2526, 0, EHLO);
	assert_false(passes(&off_port, &ip));
}

static bool fragment_passes(const struct source_filter *filter, unsigned int protocol, unsigned int field,
			    unsigned int port)
{
	static struct built ip;

	ip.size = 0;
	put_ipv4(&ip, protocol, TCP_HEADER, field);
	put_tcp(&ip, 40000, port, 0, "");
	return passes(filter, &ip);
}

static void test_ipv4_fragments(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		bool names = filters[i]->names;

		/* The first has ports. */
		assert_true(fragment_passes(filters[i], IPPROTO_TCP, 0x2000, 25));
		assert_false(fragment_passes(filters[i], IPPROTO_TCP, 0x2000, 80));
		assert_true(fragment_passes(filters[i], IPPROTO_TCP, 0x2001, 80));
		assert_true(fragment_passes(filters[i], IPPROTO_TCP, 0x1fff, 80));
		assert_int_equal(fragment_passes(filters[i], IPPROTO_UDP, 0x0001, 80), names);
		assert_int_equal(fragment_passes(filters[i], IPPROTO_UDP, 0x2000, 53), names);
		assert_false(fragment_passes(filters[i], IPPROTO_UDP, 0x2000, 80));
		assert_false(fragment_passes(filters[i], IPPROTO_ICMP, 0x0001, 25));
	}
}

static void test_ipv6_extensions(void **state)
{
	static struct built ip;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		for (unsigned int next = 0; next < 256; next++) {
			ip.size = 0;
			put_ipv6(&ip, next, TCP_HEADER);
			put_tcp(&ip, 1, 2, 0, "");
			assert_int_equal(passes(filters[i], &ip), next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING ||
									  next == IPPROTO_FRAGMENT ||
									  next == IPPROTO_DSTOPTS);
		}
	}
}

/* Every packet of the host passes through it. */
static void test_size(void **state)
{
	static const unsigned int most[] = {40, 60, 80, 100};
	uint16_t many_ports[16];
	const struct source_filter largest = {
		.ports = many_ports, .port_count = ARRAY_SIZE(many_ports), .names = true, .off_port = true};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct bpf_program program = compile(filters[i], LINK_SLL2);

		printf("# names=%d off_port=%d: %u instructions\n", filters[i]->names, filters[i]->off_port,
		       program.bf_len);
		assert_true(program.bf_len <= most[i]);
		pcap_freecode(&program);
	}
	for (size_t i = 0; i < ARRAY_SIZE(many_ports); i++)
		many_ports[i] = (uint16_t)(65535 - 2 * i);
	assert_true(tcp_passes(&largest, true, 65535 - 30, 40000, 0, ""));
	assert_true(tcp_passes(&largest, false, 40000, 65535 - 30, 0, ""));
	assert_false(tcp_passes(&largest, false, 40000, 65535 - 31, 0, ""));
}

static void test_no_ports(void **state)
{
	static const struct source_filter nothing = {.port_count = 0};
	static const struct source_filter names = {.names = true};

	(void)state;
	assert_false(tcp_passes(&nothing, false, 40000, 25, 0, EHLO));
	assert_true(fragment_passes(&nothing, IPPROTO_TCP, 1, 25));
	assert_true(udp_passes(&names, true, 40000, 53));
}

static void test_no_room(void **state)
{
	char text[TEXT_SIZE];
	char small[TEXT_SIZE];

	(void)state;
	assert_int_equal(source_filter_text(&everything, text, sizeof(text)), 0);
	size_t length = strlen(text);
	for (size_t size = 1; size <= length; size++)
		assert_int_equal(source_filter_text(&everything, small, size), -ENOSPC);
	assert_int_equal(source_filter_text(&everything, small, length + 1), 0);
	assert_string_equal(small, text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watched_ports),
		cmocka_unit_test(test_other_ports),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_greetings),
		cmocka_unit_test(test_greeting_behind_options),
		cmocka_unit_test(test_ipv4_fragments),
		cmocka_unit_test(test_ipv6_extensions),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_no_ports),
		cmocka_unit_test(test_no_room),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
