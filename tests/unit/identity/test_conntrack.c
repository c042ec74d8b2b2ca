// SPDX-License-Identifier: GPL-2.0-only
#include "identity/conntrack.h"

#include "lib/cleanup.h"
#include "support/observations.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdalign.h>

struct answer {
	alignas(struct nlmsghdr) uint8_t bytes[256];
	size_t size;
};

static void put(struct answer *answer, uint16_t type, const void *value, size_t size)
{
	const struct nlattr attribute = {.nla_len = (uint16_t)(sizeof(attribute) + size), .nla_type = type};

	memcpy(answer->bytes + answer->size, &attribute, sizeof(attribute));
	if (size > 0)
		memcpy(answer->bytes + answer->size + sizeof(attribute), value, size);
	answer->size += (sizeof(attribute) + size + 3) & ~(size_t)3;
}

static size_t begin(struct answer *answer, uint16_t type)
{
	size_t at = answer->size;
	put(answer, type | NLA_F_NESTED, NULL, 0);
	return at;
}

static void end(struct answer *answer, size_t at)
{
	uint16_t size = (uint16_t)(answer->size - at);
	memcpy(answer->bytes + at, &size, sizeof(size));
}

static void put_tuple(struct answer *answer, uint16_t type, const struct endpoint *from, const struct endpoint *to)
{
	const uint8_t protocol = IPPROTO_TCP;
	const uint16_t ports[] = {htons(from->port), htons(to->port)};
	size_t tuple = begin(answer, type);
	size_t part = begin(answer, CTA_TUPLE_IP);

	if (address_is_ipv4(&from->address)) {
		put(answer, CTA_IP_V4_SRC, from->address.bytes + 12, 4);
		put(answer, CTA_IP_V4_DST, to->address.bytes + 12, 4);
	} else {
		put(answer, CTA_IP_V6_SRC, from->address.bytes, 16);
		put(answer, CTA_IP_V6_DST, to->address.bytes, 16);
	}
	end(answer, part);
	part = begin(answer, CTA_TUPLE_PROTO);
	put(answer, CTA_PROTO_NUM, &protocol, 1);
	put(answer, CTA_PROTO_SRC_PORT, &ports[0], 2);
	put(answer, CTA_PROTO_DST_PORT, &ports[1], 2);
	end(answer, part);
	end(answer, tuple);
}

static void write_header(struct answer *answer, uint16_t type)
{
	const struct nlmsghdr header = {.nlmsg_len = (uint32_t)answer->size, .nlmsg_type = type};
	memcpy(answer->bytes, &header, sizeof(header));
}

/* What the kernel says of a connection whose destination was made another's. */
static struct answer answer_of(const char *client, const char *asked, const char *given)
{
	struct answer answer = {.size = sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg)};
	const struct endpoint from = endpoint_at(client, 40000), to = endpoint_at(asked, 8025);
	const struct endpoint server = endpoint_at(given, 25);

	put_tuple(&answer, CTA_TUPLE_ORIG, &from, &to);
	put_tuple(&answer, CTA_TUPLE_REPLY, &server, &from);
	write_header(&answer, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW);
	return answer;
}

static void assert_endpoint(const struct endpoint *endpoint, const char *address, uint16_t port)
{
	const struct endpoint expected = endpoint_at(address, port);
	assert_memory_equal(endpoint, &expected, sizeof(expected));
}

static void test_original(void **state)
{
	struct endpoint_ends ends;
	struct answer answer = answer_of("192.0.2.81", "203.0.113.1", "198.51.100.25");
	(void)state;

	assert_int_equal(conntrack_read_answer(answer.bytes, answer.size, &ends), 0);
	assert_endpoint(&ends.local, "192.0.2.81", 40000);
	assert_endpoint(&ends.remote, "203.0.113.1", 8025);
	answer = answer_of("2001:db8::81", "2001:db8::1", "2001:db8::25");
	assert_int_equal(conntrack_read_answer(answer.bytes, answer.size, &ends), 0);
	assert_endpoint(&ends.local, "2001:db8::81", 40000);
	assert_endpoint(&ends.remote, "2001:db8::1", 8025);
}

static void test_refused(void **state)
{
	struct answer answer = {.size = sizeof(struct nlmsghdr) + sizeof(int)};
	const int error = -ENOENT, success = 0;
	struct endpoint_ends ends;
	(void)state;

	write_header(&answer, NLMSG_ERROR);
	memcpy(answer.bytes + sizeof(struct nlmsghdr), &error, sizeof(error));
	assert_int_equal(conntrack_read_answer(answer.bytes, answer.size, &ends), -ENOENT);
	memcpy(answer.bytes + sizeof(struct nlmsghdr), &success, sizeof(success));
	assert_int_equal(conntrack_read_answer(answer.bytes, answer.size, &ends), -EBADMSG);
	answer.size -= sizeof(int);
	write_header(&answer, NLMSG_ERROR);
	assert_int_equal(conntrack_read_answer(answer.bytes, answer.size, &ends), -EBADMSG);
	answer = answer_of("192.0.2.81", "203.0.113.1", "198.51.100.25");
	write_header(&answer, NLMSG_DONE);
	assert_int_equal(conntrack_read_answer(answer.bytes, answer.size, &ends), -EBADMSG);
}

/* Cut anywhere, and with any byte another: no more is read than there is, and what is not understood is not believed.
 */
static void test_damaged(void **state)
{
	const struct answer whole = answer_of("192.0.2.81", "203.0.113.1", "198.51.100.25");
	size_t tuple_end = sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg);
	struct endpoint_ends ends;
	uint16_t tuple_size;
	(void)state;

	memcpy(&tuple_size, whole.bytes + tuple_end, sizeof(tuple_size));
	tuple_end += tuple_size;
	for (size_t size = 0; size < whole.size; size++) {
		_cleanup_free_ uint8_t *cut = malloc(size + 1); /* AddressSanitizer guards its end */
		struct answer answer = whole;
		answer.size = size;
		if (size >= sizeof(struct nlmsghdr))
			write_header(&answer, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW);
		memcpy(cut, answer.bytes, size);
		assert_int_equal(conntrack_read_answer(cut, size, &ends), size < tuple_end ? -EBADMSG : 0);
	}
	for (size_t at = 0; at < whole.size; at++)
		for (int bit = 0; bit < 8; bit++) {
			struct answer answer = whole;
			answer.bytes[at] ^= (uint8_t)(1 << bit);
			conntrack_read_answer(answer.bytes, answer.size, &ends);
		}
}

/* Of the kernel itself, where it can be asked: it has no connection between such addresses. */
static void test_kernel(void **state)
{
	const struct endpoint_ends ends = {endpoint_at("192.0.2.81", 40000), endpoint_at("203.0.113.25", 25)};
	const struct endpoint_ends ipv6 = {endpoint_at("2001:db8::81", 40000), endpoint_at("2001:db8::25", 25)};
	struct endpoint_ends original;
	_cleanup_close_ int fd = conntrack_open();
	(void)state;

	if (fd < 0)
		skip();
	int error = conntrack_find(fd, &ends, &original);
	if (error == -EPERM || error == -EINVAL || error == -EOPNOTSUPP)
		skip();
	assert_int_equal(error, -ENOENT);
	assert_int_equal(conntrack_find(fd, &ipv6, &original), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_original),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_kernel),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("conntrack", tests, NULL, NULL);
}
