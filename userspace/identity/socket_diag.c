// SPDX-License-Identifier: GPL-2.0-only
#include "identity/socket_diag.h"

#include "lib/array.h"
#include "lib/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define INTERFACES_MAX 256

/* An answer has attributes behind it, which are not asked for; what does not fit is cut. */
#define ANSWER_SIZE 4096

/* The rest of an earlier answer that had several parts. */
#define STALE_ANSWERS_MAX 16

struct request {
	struct nlmsghdr header;
	struct inet_diag_req_v2 body;
};

union answer {
	struct nlmsghdr header;
	char bytes[ANSWER_SIZE];
};

int socket_diag_open(void)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) != 0)
		return -errno;
	return TAKE_FD(fd);
}

/* The kernel answers before send() returns, so there is nothing to wait for. */
static int ask(int fd, struct request *request, union answer *ret_answer)
{
	request->header.nlmsg_len = sizeof(*request);
	request->header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	for (unsigned int i = 0; i < STALE_ANSWERS_MAX; i++)
		if (recv(fd, ret_answer, sizeof(*ret_answer), MSG_DONTWAIT) < 0)
			break;
	if (send(fd, request, sizeof(*request), MSG_DONTWAIT) < 0)
		return -errno;
	ssize_t size = recv(fd, ret_answer, sizeof(*ret_answer), MSG_DONTWAIT);
	if (size < 0)
		return -errno;
	return NLMSG_OK(&ret_answer->header, (size_t)size) ? 0 : -EBADMSG;
}

/* The errno that an answer of these kinds begins with. */
static int error_of(const union answer *answer)
{
	int error;

	if (answer->header.nlmsg_len < NLMSG_LENGTH(sizeof(error)))
		return -EBADMSG;
	memcpy(&error, NLMSG_DATA(&answer->header), sizeof(error));
	return error;
}

/* A list of the sockets in no state at all: empty, but it takes the module that lists them. */
int socket_diag_probe(int fd, uint8_t protocol)
{
	struct request request = {
		.header = {.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.body = {.sdiag_family = AF_INET, .sdiag_protocol = protocol, .idiag_states = 0},
	};
	union answer answer;
	int error = ask(fd, &request, &answer);

	if (error)
		return error;
	if (answer.header.nlmsg_type != NLMSG_DONE && answer.header.nlmsg_type != NLMSG_ERROR)
		return 0;
	return error_of(&answer);
}

static void put_address(const struct address *address, int family, __be32 target[4])
{
	if (family == AF_INET)
		memcpy(target, address->bytes + 12, 4);
	else
		memcpy(target, address->bytes, sizeof(address->bytes));
}

static struct inet_diag_sockid id_of(int family, const struct endpoint *source, const struct endpoint *destination,
				     unsigned int interface)
{
	struct inet_diag_sockid id = {
		.idiag_sport = htons(source->port),
		.idiag_dport = htons(destination->port),
		.idiag_if = interface,
		.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE},
	};
	put_address(&source->address, family, id.idiag_src);
	put_address(&destination->address, family, id.idiag_dst);
	return id;
}

/* The kernel also finds who listens on the local end; what is asked for is a connection. */
static bool is_answer(uint8_t protocol, const struct inet_diag_msg *found, const struct endpoint *local,
		      const struct endpoint *remote)
{
	if (found->id.idiag_sport != htons(local->port))
		return false;
	if (found->id.idiag_dport == 0)
		return protocol == IPPROTO_UDP;
	return found->id.idiag_dport == htons(remote->port);
}

static int find_at(int fd, uint8_t protocol, int family, const struct endpoint *local, const struct endpoint *remote,
		   unsigned int interface, struct socket_found *ret_found)
{
	/* For UDP the kernel has the ends the other way round: net/ipv4/udp_diag.c, udp_dump_one(). */
	const bool is_udp = protocol == IPPROTO_UDP;
	struct request request = {
		.header = {.nlmsg_flags = NLM_F_REQUEST},
		.body = {.sdiag_family = (uint8_t)family,
			 .sdiag_protocol = protocol,
			 .id = id_of(family, is_udp ? remote : local, is_udp ? local : remote, interface)},
	};
	struct inet_diag_msg found;
	union answer answer;
	int error = ask(fd, &request, &answer);

	if (error)
		return error;
	if (answer.header.nlmsg_type == NLMSG_ERROR) {
		error = error_of(&answer);
		return error ? error : -EBADMSG;
	}
	if (answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY || answer.header.nlmsg_len < NLMSG_LENGTH(sizeof(found)))
		return -EBADMSG;
	memcpy(&found, NLMSG_DATA(&answer.header), sizeof(found));
	if (!is_answer(protocol, &found, local, remote))
		return -ENOENT;
	*ret_found = (struct socket_found){.inode = found.idiag_inode, .uid = found.idiag_uid};
	return 0;
}

/* IPv4 may be spoken by an IPv6 socket, which most kernels find by the IPv4 addresses too. */
static int find_on(int fd, uint8_t protocol, const struct endpoint *local, const struct endpoint *remote,
		   unsigned int interface, struct socket_found *ret_found)
{
	if (!address_is_ipv4(&local->address) || !address_is_ipv4(&remote->address))
		return find_at(fd, protocol, AF_INET6, local, remote, interface, ret_found);
	int error = find_at(fd, protocol, AF_INET, local, remote, interface, ret_found);
	if (error != -ENOENT)
		return error;
	error = find_at(fd, protocol, AF_INET6, local, remote, interface, ret_found);
	return error == -EINVAL ? -ENOENT : error; /* a kernel without IPv6 */
}

int socket_diag_find(int fd, uint8_t protocol, const struct endpoint *local, const struct endpoint *remote,
		     struct socket_found *ret_found)
{
	int error = find_on(fd, protocol, local, remote, 0, ret_found);

	if (error != -ENOENT)
		return error;
	/* One that is bound to an interface is only found by it: inet_bound_dev_eq(), include/net/inet_sock.h. */
	struct if_nameindex *interfaces = if_nameindex();
	for (size_t i = 0; interfaces && interfaces[i].if_index && i < INTERFACES_MAX && error == -ENOENT; i++)
		error = find_on(fd, protocol, local, remote, interfaces[i].if_index, ret_found);
	if (interfaces)
		if_freenameindex(interfaces);
	return error;
}
