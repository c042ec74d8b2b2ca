// SPDX-License-Identifier: GPL-2.0-only
#include "identity/conntrack.h"

#include "lib/cleanup.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#define REQUEST_SIZE 256
#define ANSWER_SIZE 4096
#define STALE_ANSWERS_MAX 16 /* the rest of what was asked before */

#define MESSAGE_GET (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET)
#define MESSAGE_NEW (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW)
#define HEADER_SIZE (sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg))
#define ATTRIBUTE_SIZE sizeof(struct nlattr)

int conntrack_open(void)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) != 0)
		return -errno;
	return TAKE_FD(fd);
}

static size_t align(size_t size)
{
	return (size + 3) & ~(size_t)3; /* linux/netlink.h, NLA_ALIGN() of ints */
}

/* ---- The question */

struct request {
	alignas(struct nlmsghdr) uint8_t bytes[REQUEST_SIZE];
	size_t used;
};
static_assert(HEADER_SIZE + 10 * ATTRIBUTE_SIZE + 2 * 16 + 3 * 4 < REQUEST_SIZE, "what is put into it has room");

static void put(struct request *request, uint16_t type, const void *value, size_t size)
{
	const struct nlattr attribute = {.nla_len = (uint16_t)(ATTRIBUTE_SIZE + size), .nla_type = type};

	memcpy(request->bytes + request->used, &attribute, sizeof(attribute));
	memcpy(request->bytes + request->used + ATTRIBUTE_SIZE, value, size);
	request->used += align(ATTRIBUTE_SIZE + size);
}

static size_t begin(struct request *request, uint16_t type)
{
	size_t at = request->used;

	put(request, type | NLA_F_NESTED, "", 0);
	return at;
}

static void end(struct request *request, size_t at)
{
	uint16_t size = (uint16_t)(request->used - at);
	memcpy(request->bytes + at, &size, sizeof(size)); /* nla_len stands first */
}

static void put_address(struct request *request, bool is_ipv4, uint16_t type, const struct address *address)
{
	if (is_ipv4)
		put(request, type, address->bytes + 12, 4);
	else
		put(request, type, address->bytes, sizeof(address->bytes));
}

/* It is looked up by the packets that come back: they go from the remote end to the local one. */
static void put_reply_tuple(struct request *request, bool is_ipv4, const struct endpoint_ends *ends)
{
	const uint8_t protocol = IPPROTO_TCP;
	const uint16_t source_port = htons(ends->remote.port);
	const uint16_t destination_port = htons(ends->local.port);
	size_t tuple = begin(request, CTA_TUPLE_REPLY);

	size_t part = begin(request, CTA_TUPLE_IP);
	put_address(request, is_ipv4, is_ipv4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, &ends->remote.address);
	put_address(request, is_ipv4, is_ipv4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, &ends->local.address);
	end(request, part);
	part = begin(request, CTA_TUPLE_PROTO);
	put(request, CTA_PROTO_NUM, &protocol, sizeof(protocol));
	put(request, CTA_PROTO_SRC_PORT, &source_port, sizeof(source_port));
	put(request, CTA_PROTO_DST_PORT, &destination_port, sizeof(destination_port));
	end(request, part);
	end(request, tuple);
}

static void write_request(struct request *request, const struct endpoint_ends *ends)
{
	bool is_ipv4 = address_is_ipv4(&ends->local.address) && address_is_ipv4(&ends->remote.address);
	struct nlmsghdr header = {.nlmsg_type = MESSAGE_GET, .nlmsg_flags = NLM_F_REQUEST};
	const struct nfgenmsg family = {.nfgen_family = is_ipv4 ? AF_INET : AF_INET6, .version = NFNETLINK_V0};

	request->used = HEADER_SIZE;
	put_reply_tuple(request, is_ipv4, ends);
	header.nlmsg_len = (uint32_t)request->used;
	memcpy(request->bytes, &header, sizeof(header));
	memcpy(request->bytes + NLMSG_HDRLEN, &family, sizeof(family));
}

/* ---- The answer */

struct attributes {
	const uint8_t *at;
	size_t size;
};

/* Finds one by its type. */
static bool find(struct attributes in, uint16_t type, struct attributes *ret_value)
{
	struct nlattr attribute;

	while (in.size >= sizeof(attribute)) {
		memcpy(&attribute, in.at, sizeof(attribute));
		if (attribute.nla_len < ATTRIBUTE_SIZE || attribute.nla_len > in.size)
			return false;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type) {
			*ret_value = (struct attributes){in.at + ATTRIBUTE_SIZE, attribute.nla_len - ATTRIBUTE_SIZE};
			return true;
		}
		size_t step = align(attribute.nla_len);
		if (step > in.size)
			return false;
		in = (struct attributes){in.at + step, in.size - step};
	}
	return false;
}

static bool read_address(struct attributes tuple, uint16_t ipv4_type, uint16_t ipv6_type, struct address *ret_address)
{
	struct attributes value;
	struct in_addr ipv4;

	if (find(tuple, ipv4_type, &value) && value.size == sizeof(ipv4)) {
		memcpy(&ipv4, value.at, sizeof(ipv4));
		*ret_address = address_from_ipv4(&ipv4);
		return true;
	}
	if (!find(tuple, ipv6_type, &value) || value.size != sizeof(ret_address->bytes))
		return false;
	memcpy(ret_address->bytes, value.at, sizeof(ret_address->bytes));
	return true;
}

static bool read_port(struct attributes tuple, uint16_t type, uint16_t *ret_port)
{
	struct attributes value;
	uint16_t port;

	if (!find(tuple, type, &value) || value.size != sizeof(port))
		return false;
	memcpy(&port, value.at, sizeof(port));
	*ret_port = ntohs(port);
	return true;
}

static bool read_tuple(struct attributes tuple, struct endpoint_ends *ret_ends)
{
	struct attributes ip;
	struct attributes protocol;

	return find(tuple, CTA_TUPLE_IP, &ip) && find(tuple, CTA_TUPLE_PROTO, &protocol) &&
	       read_address(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC, &ret_ends->local.address) &&
	       read_address(ip, CTA_IP_V4_DST, CTA_IP_V6_DST, &ret_ends->remote.address) &&
	       read_port(protocol, CTA_PROTO_SRC_PORT, &ret_ends->local.port) &&
	       read_port(protocol, CTA_PROTO_DST_PORT, &ret_ends->remote.port);
}

static int read_error(const uint8_t *bytes, size_t size)
{
	int error;

	if (size < NLMSG_LENGTH(sizeof(error)))
		return -EBADMSG;
	memcpy(&error, bytes + NLMSG_HDRLEN, sizeof(error));
	return error < 0 ? error : -EBADMSG;
}

int conntrack_read_answer(const void *bytes, size_t size, struct endpoint_ends *ret_original)
{
	struct endpoint_ends original = {0};
	struct attributes tuple;
	struct nlmsghdr header;

	if (size < sizeof(header))
		return -EBADMSG;
	memcpy(&header, bytes, sizeof(header));
	if (header.nlmsg_len > size)
		return -EBADMSG;
	if (header.nlmsg_type == NLMSG_ERROR)
		return read_error(bytes, header.nlmsg_len);
	if (header.nlmsg_type != MESSAGE_NEW || header.nlmsg_len < HEADER_SIZE)
		return -EBADMSG;
	const struct attributes all = {(const uint8_t *)bytes + HEADER_SIZE, header.nlmsg_len - HEADER_SIZE};
	if (!find(all, CTA_TUPLE_ORIG, &tuple) || !read_tuple(tuple, &original))
		return -EBADMSG;
	*ret_original = original;
	return 0;
}

int conntrack_find(int fd, const struct endpoint_ends *ends, struct endpoint_ends *ret_original)
{
	alignas(struct nlmsghdr) uint8_t answer[ANSWER_SIZE];
	struct request request = {0};

	write_request(&request, ends);
	for (unsigned int i = 0; i < STALE_ANSWERS_MAX; i++)
		if (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) < 0)
			break;
	/* The kernel answers before send() returns. */
	if (send(fd, request.bytes, request.used, MSG_DONTWAIT) < 0)
		return -errno;
	ssize_t size = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (size < 0)
		return -errno;
	return conntrack_read_answer(answer, (size_t)size, ret_original);
}
